import type { Account } from '@hashee/core';

export type AttentionKind = Account['attention'][number];

/** How one layer is computed; fixed when the graph is built. */
export interface LayerShape {
  /** 1..L */
  readonly layer: number;
  /** `all`: every token is a query, so no rows are picked. `some`: the plan names the rows. */
  readonly queries: 'all' | 'some';
  readonly attention: AttentionKind;
  /** Layer 1 only: projections of words and positions come from tables, see `lookedUpAttention`. @default false */
  readonly lookedUp?: boolean | undefined;
}

/** What a graph computes; graphs of the same shape serve batches of any size. */
export interface EncoderShape {
  readonly layers: readonly LayerShape[];
  /** `first`: only the first token of each sequence is read, so it is the only query of the last layer. */
  readonly read: 'first' | 'all';
  /**
   * Sequences with like numbers of queries share a group, and absorbed attention pads each group by itself. @default 1
   */
  readonly groups?: number | undefined;
  /** How absorbed attention gets from heads to sequences, see `absorbedAttention` and `stridedAttention`. @default 'gathered' */
  readonly absorption?: Absorption | undefined;
}

export type Absorption = 'gathered' | 'strided';

/** Is attention of this layer computed group by group? Where first tokens alone are queries there is nothing to gain. */
export function isGrouped(shape: EncoderShape, index: number): boolean {
  const firstOnly = shape.read === 'first' && index + 1 === shape.layers.length;
  return (shape.groups ?? 1) > 1 && shape.layers[index].attention === 'absorbed' && !firstOnly;
}

/** May layer 1 look its projections up? It must run, and project all tokens. */
export function canLookUp({ layers: [first] }: EncoderShape): boolean {
  return first?.layer === 1 && first.queries === 'all' && first.attention === 'projected';
}

/** The same shape with a layer 1 that looks its projections up. */
export function lookingUp(shape: EncoderShape): EncoderShape {
  const [first, ...rest] = shape.layers;
  return { ...shape, layers: [{ ...first, lookedUp: true }, ...rest] };
}

export function shapeKey(shape: EncoderShape): string {
  const layers = shape.layers.map(
    ({ layer, queries, attention, lookedUp }) => `${layer}${queries[0]}${attention[0]}${lookedUp ? 't' : ''}`,
  );
  const strided = shape.absorption === 'strided' ? ':s' : '';
  return `${shape.read}:${layers.join(',')}${strided}${(shape.groups ?? 1) > 1 ? `:${shape.groups}` : ''}`;
}
