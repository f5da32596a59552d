import type { Value } from '../../graph/graph.js';
import { gatherRows, reshape, scatterRows } from '../../graph/operators.js';
import {
  attend,
  type DecoderContext,
  decoderEmbeddingStates,
  decoderEmbeddingSum,
  decoderFeedForward,
  decoderMap,
  mixHeads,
} from '../decoder-parts.js';
import type { DecoderShape } from './decoder-shape.js';
import { TARGET } from './target-inputs.js';

/** The decoder over whole outputs at once. */
export interface TrainingDecoder {
  /** Sum of the embedding rows, [N, H]: where the gradient of the tables is taken. */
  readonly embeddings: Value;
  /** [N, H], carried-up states of the last layer. */
  readonly states: Value;
}

/** Where a layer's queries lie among the padded ones. */
interface QueryPlaces {
  /** int64 [B, A, Q] */
  readonly queries: Value;
  /** int64 [m, A] */
  readonly answers: Value;
  /** float32 [B or 1, 1, Q, M] */
  readonly mask: Value;
}

/**
 * Teacher forcing: every token attends to itself, to those before it and to the source. A token whose layer is past keeps its
 * state; it stays visible to later tokens by each later layer's own keys and values of that state.
 * @param memory [T, H], what the encoder made
 */
export function trainingDecoder(context: DecoderContext, shape: DecoderShape, memory: Value): TrainingDecoder {
  const { graph } = context;
  const embeddings = decoderEmbeddingSum(
    context,
    graph.input(TARGET.inputIds, 'int64', ['N']),
    graph.input(TARGET.positionIds, 'int64', ['N']),
  );
  let states = decoderEmbeddingStates(context, embeddings);
  shape.queries.forEach((kind, index) => {
    const layer = index + 1;
    if (kind === 'none') return;
    if (kind === 'all') {
      states = computeLayer(context, layer, states, states, memory, allPlaces(context));
      return;
    }
    const rows = graph.input(TARGET.rows(layer), 'int64', [`m${layer}`, 1]);
    const queries = gatherRows(graph, states, reshape(graph, rows, [-1]), { kind: 'distinct' });
    const computed = computeLayer(context, layer, queries, states, memory, somePlaces(context, layer));
    states = scatterRows(graph, states, rows, computed);
  });
  return { embeddings, states };
}

/** @param x [m, H], the queries @param states [N, H], of all tokens */
function computeLayer(
  context: DecoderContext,
  layer: number,
  x: Value,
  states: Value,
  memory: Value,
  places: QueryPlaces,
): Value {
  const { graph, config } = context;
  const { heads: A } = config.decoder;
  const own = { keys: graph.input(TARGET.keys, 'int64', ['B', A, 'M']), rows: keyRows(context) };
  const source = {
    keys: graph.input(TARGET.sourceKeys, 'int64', ['B', A, 'S']),
    rows: graph.input(TARGET.sourceKeyRows, 'int64', ['T', A]),
  };
  const sourceMask = graph.input(TARGET.sourceMask, 'float32', ['B', 1, 1, 'S']);
  const attended = attend(context, layer, 'self', x, (q) => mixed(context, layer, 'self', q, states, own, places));
  const informed = attend(context, layer, 'cross', attended, (q) =>
    mixed(context, layer, 'cross', q, memory, source, { ...places, mask: sourceMask }),
  );
  return decoderFeedForward(context, layer, informed);
}

/** @param q [m, A·D] @param read [tokens, H], what keys and values are made from @returns [m, A·D] */
function mixed(
  context: DecoderContext,
  layer: number,
  kind: 'self' | 'cross',
  q: Value,
  read: Value,
  at: { readonly keys: Value; readonly rows: Value },
  places: QueryPlaces,
): Value {
  const { graph, config } = context;
  const { heads: A, headSize: D } = config.decoder;
  const intoHeads = (rows: Value, to: Value, back: Value): Value =>
    gatherRows(graph, reshape(graph, rows, [-1, D]), to, { kind: 'inverse', places: reshape(graph, back, [-1]) });
  const name = `layers.${layer}.${kind}`;
  const answers = mixHeads(
    context,
    { kind, layer },
    {
      q: intoHeads(q, places.queries, places.answers), // [B, A, Q, D]
      keys: intoHeads(decoderMap(context, `${name}.key`, read), at.keys, at.rows),
      values: intoHeads(decoderMap(context, `${name}.value`, read), at.keys, at.rows),
      mask: places.mask,
    },
  );
  const picked = gatherRows(graph, reshape(graph, answers, [-1, D]), places.answers, { kind: 'distinct' });
  return reshape(graph, picked, [-1, A * D]);
}

function keyRows({ graph, config }: DecoderContext): Value {
  return graph.input(TARGET.keyRows, 'int64', ['N', config.decoder.heads]);
}

function allPlaces(context: DecoderContext): QueryPlaces {
  const { graph, config } = context;
  return {
    queries: graph.input(TARGET.keys, 'int64', ['B', config.decoder.heads, 'M']),
    answers: keyRows(context),
    mask: graph.input(TARGET.causalMask, 'float32', [1, 1, 'M', 'M']),
  };
}

function somePlaces({ graph, config }: DecoderContext, layer: number): QueryPlaces {
  const { heads: A } = config.decoder;
  return {
    queries: graph.input(TARGET.queries(layer), 'int64', ['B', A, `Q${layer}`]),
    answers: graph.input(TARGET.answers(layer), 'int64', [`m${layer}`, A]),
    mask: graph.input(TARGET.queryMask(layer), 'float32', ['B', 1, `Q${layer}`, 'M']),
  };
}
