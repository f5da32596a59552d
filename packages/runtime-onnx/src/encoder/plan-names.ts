/**
 * Names of the graph inputs that carry a batch. Sizes: T tokens, B sequences, S longest, A heads, m queries, Q most queries of a
 * sequence. Padded layouts have the sequences in the plan's order, not the batch's.
 */
export const PLAN = {
  /** int64 [T] */
  inputIds: 'input_ids',
  /** int64 [T] */
  tokenTypeIds: 'token_type_ids',
  /** int64 [T], rows of the position table */
  positionIds: 'position_ids',
  /** float32 [B, 1, S]: 0 for tokens, a large negative number for padding */
  mask: 'mask',
  /** int64 [B·S]: token of each padded place, ragged to padded */
  pad: 'pad',
  /** int64 [T]: padded place of each token, padded to ragged */
  unpad: 'unpad',
  /** int64 [B]: first token of each sequence, in ragged places */
  first: 'first',
  /** int64 [B]: the same in padded places */
  firstPadded: 'first_padded',
  /** int64 [B, A, S]: row of [T·A, D] for each padded place of each head */
  keys: (heads: number): string => `keys_${heads}`,
  /** int64 [B, 1, S, 1]: token of each padded place, in the order of the keys */
  keyTokens: 'key_tokens',
  /** int64 [T, A]: row of [B·A·S, D] for each token and head, the way back */
  keyRows: (heads: number): string => `key_rows_${heads}`,
  /** int64 [m, 1]: places of the queries of a layer, in the layout its states have there */
  rows: (layer: number): string => `rows_${layer}`,
  /**
   * Where each padded query comes from. Projected: int64 [B, A, Q], rows of [m·A, D]. Absorbed: int64 [B, A·Q], rows of
   * [A·m, H]. With groups, m and B are those of the group.
   */
  queries: (layer: number, group?: number): string => `queries_${layer}${suffix(group)}`,
  /** Where each query's answer lies. Projected: int64 [m, A], rows of [B·A·Q, D]. Absorbed: int64 [A, m], rows of [B·A·Q, H]. */
  answers: (layer: number, group?: number): string => `answers_${layer}${suffix(group)}`,
  /** int64 [B, A, S]: row of a word table [rows·A, D] for each padded place of each head, where layer 1 looks up */
  slots: 'slots',
  /** int64 [A, S]: row of a position table [positions·A, D] for each head and place in a sequence */
  positionSlots: 'position_slots',
  /** int64 [groups]: sequences in each group */
  groupSequences: 'group_sequences',
  /** int64 [groups]: queries of a layer in each group */
  groupQueries: (layer: number): string => `group_queries_${layer}`,
  /** Strided attention. int64 [Q·B]: rows of [m, A·D] for each query and sequence of a group; free places read a row that is there */
  placedQueries: (layer: number, group: number): string => `placed_${layer}_${group}`,
  /** Strided attention. int64 [3]: A·Q, B, H of a group */
  foldedShape: (layer: number, group: number): string => `folded_${layer}_${group}`,
  /** Strided attention. int64 [Q·A]: from heads of queries to queries of heads, in a group */
  turned: (layer: number, group: number): string => `turned_${layer}_${group}`,
  /** Strided attention. int64 [B of the group]: which sequences of the padded layout are in a group */
  groupOf: (layer: number, group: number): string => `group_${layer}_${group}`,
} as const;

function suffix(group: number | undefined): string {
  return group === undefined ? '' : `_${group}`;
}
