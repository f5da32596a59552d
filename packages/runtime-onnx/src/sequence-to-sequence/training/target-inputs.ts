/**
 * Names of the inputs that carry the outputs of a batch into a training graph. Sizes: B sources, T source tokens, S longest source,
 * N tokens given to the decoder, M longest output, n labels that count, m queries of a layer, Q most queries of an output, A heads,
 * D head size.
 */
export const TARGET = {
  /** int64 [N] */
  inputIds: 'target_ids',
  /** int64 [N], rows of the position table */
  positionIds: 'target_positions',
  /** int64 [B, A, M]: row of [N·A, D] for each padded place of each head */
  keys: 'target_keys',
  /** int64 [N, A]: row of [B·A·M, D] for each token and head, the way back */
  keyRows: 'target_key_rows',
  /** float32 [1, 1, M, M]: 0 where a token may look, a large negative number at tokens after it */
  causalMask: 'target_mask',
  /** int64 [m, 1]: tokens that a layer computes, where these aren't all */
  rows: (layer: number): string => `target_rows_${layer}`,
  /** int64 [B, A, Q]: row of [m·A, D] for each padded query of each head */
  queries: (layer: number): string => `target_queries_${layer}`,
  /** int64 [m, A]: row of [B·A·Q, D] for each query and head */
  answers: (layer: number): string => `target_answers_${layer}`,
  /** float32 [B, 1, Q, M] */
  queryMask: (layer: number): string => `target_query_mask_${layer}`,
  /** int64 [B, A, S]: row of [T·A, D] for each padded place of each head */
  sourceKeys: 'target_source_keys',
  /** int64 [T, A] */
  sourceKeyRows: 'target_source_key_rows',
  /** float32 [B, 1, 1, S] */
  sourceMask: 'target_source_mask',
  /** int64 [n]: tokens whose answer counts */
  answered: 'target_answered',
  /** int64 [n, 1] */
  labels: 'target_labels',
  /** int64 [chunks]: labels in each chunk of the vocabulary's loss */
  chunks: 'target_chunks',
  /** float32 []: 1/n */
  share: 'target_share',
  /** float32 []: what the gradient is multiplied by, scale/n */
  scale: 'target_scale',
} as const;
