/** Names of the graph inputs of a few long sequences, beside those of words, segments and positions. G sequences. */
export const LONG = {
  /** int64 [G]: tokens of each sequence */
  lengths: 'lengths',
  /** int64 [G]: first token of each sequence */
  first: 'first_tokens',
  /** int64 [G]: queries of each sequence in a layer */
  counts: (layer: number): string => `query_counts_${layer}`,
  /** int64 [m, 1]: queries of a layer; counted from the start of their sequence from the first absorbed layer on, else of the batch */
  rows: (layer: number): string => `query_rows_${layer}`,
  /** int64 [T]: rows of the word tables where layer 1 looks up */
  slots: 'word_slots',
} as const;
