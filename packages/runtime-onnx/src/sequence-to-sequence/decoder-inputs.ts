/**
 * Names of the inputs and outputs of the decoder's graphs. Sizes: B sources, S longest source, K hypotheses of a source, R = B·K,
 * N new tokens, P tokens before them, A heads, D head size.
 */
export const DECODER = {
  /** float32 [T, H]: what the encoder made */
  states: 'states',
  /** int64 [B, A, S]: row of [T·A, D] for each padded place of each head */
  places: 'places',
  /** int64 [R·N] */
  inputIds: 'input_ids',
  /** int64 [R·N], rows of the position table */
  positionIds: 'position_ids',
  /** int64 [4]: R, N, A, D */
  rowsShape: 'rows_shape',
  /** int64 [4]: B, K·N, A, D */
  sourcesShape: 'sources_shape',
  /** float32 [N, P + N]: 0 where a new token may look, a large negative number at tokens after it */
  causalMask: 'causal_mask',
  /** float32 [B, 1, 1, S]: 0 for tokens, a large negative number for padding */
  sourceMask: 'source_mask',
  /** int64 [R]: which earlier hypothesis each one continues */
  parents: 'parents',
  /** int64 [R]: the last new token of each hypothesis */
  last: 'last',
  /**
   * Where tokens of some layers exit earlier, of each layer with m tokens that it computes, the most in one hypothesis Q, in one source
   * Q': int64 [m, 1], their rows of [R·N, H]
   */
  rows: (layer: number): string => `rows_${layer}`,
  /** int64 [R, A, Q]: row of [m·A, D] for each padded query of each head */
  queries: (layer: number): string => `queries_${layer}`,
  /** int64 [m, A]: row of [R·A·Q, D] for each query and head */
  answers: (layer: number): string => `answers_${layer}`,
  /** float32 [R, 1, Q, P + N] */
  queryMask: (layer: number): string => `query_mask_${layer}`,
  /** int64 [B, A, Q'] */
  crossQueries: (layer: number): string => `cross_queries_${layer}`,
  /** int64 [m, A]: row of [B·A·Q', D] */
  crossAnswers: (layer: number): string => `cross_answers_${layer}`,
  /** float32 [B, A, S, D] */
  crossKey: (layer: number): string => `cross_key_${layer}`,
  crossValue: (layer: number): string => `cross_value_${layer}`,
  /** float32 [R, A, P, D] */
  pastKey: (layer: number): string => `past_key_${layer}`,
  pastValue: (layer: number): string => `past_value_${layer}`,
  /** float32 [R, A, P + N, D] */
  presentKey: (layer: number): string => `present_key_${layer}`,
  presentValue: (layer: number): string => `present_value_${layer}`,
  /** float32 [R, V] or [R·N, V] */
  logits: 'logits',
  logProbabilities: 'log_probabilities',
} as const;
