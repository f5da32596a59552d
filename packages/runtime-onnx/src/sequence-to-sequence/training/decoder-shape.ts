/** How one decoder layer is computed. `all`: every token is a query. `some`: the plan names the rows. */
export interface DecoderShape {
  /** Queries of layers 1..L; `none` where no token of the batch is computed. */
  readonly queries: readonly ('all' | 'some' | 'none')[];
  /** Parts in which the vocabulary's loss is computed. */
  readonly chunks: number;
}

/** Logits of one chunk take no more than this many bytes, and each of the few arrays beside them as much. */
const CHUNK_BYTES = 64 * 2 ** 20;

/**
 * @param exitLayers of the tokens given to the decoder, `[N]`
 * @param labels that count
 */
export function decoderShape(layers: number, exitLayers: Uint8Array, labels: number, vocabSize: number): DecoderShape {
  const queries = Array.from({ length: layers }, (_, index) => {
    const active = exitLayers.reduce((count, exit) => count + (exit > index ? 1 : 0), 0);
    return active === exitLayers.length ? 'all' : active > 0 ? 'some' : 'none';
  });
  const rows = Math.max(64, Math.floor(CHUNK_BYTES / (4 * vocabSize)));
  return { queries, chunks: Math.ceil(labels / rows) };
}

export function decoderShapeKey({ queries, chunks }: DecoderShape): string {
  return `${queries.map((kind) => kind[0]).join('')}:${chunks}`;
}
