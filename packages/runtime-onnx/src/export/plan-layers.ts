import type { EncoderConfig } from '@hashee/core';
import { PLAN } from '../encoder/plan-names.js';
import type { EncoderShape, LayerShape } from '../encoder/shape.js';
import type { Value } from '../graph/graph.js';
import type { ExitValues } from './exit-values.js';
import type { TokenPlan } from './plan-tokens.js';
import type { PlannedGraph } from './planned-graph.js';

type Layout = 'ragged' | 'padded';

/** Where the states lie that a layer takes its queries from. */
function layouts(shape: EncoderShape): Layout[] {
  let layout: Layout = 'ragged';
  return shape.layers.map(({ attention }) => {
    if (attention === 'absorbed') layout = 'padded';
    else if (attention === 'projected') layout = 'ragged';
    return layout;
  });
}

/**
 * Plans the queries of each layer that doesn't compute all tokens: the arithmetic of `planBatch`, inside the graph and for all
 * layers at once.
 * @param exits needed where a layer other than the last has `some` queries
 */
export function planLayers(
  graph: PlannedGraph,
  config: EncoderConfig,
  shape: EncoderShape,
  tokens: TokenPlan,
  exits: ExitValues | undefined,
): void {
  const where = layouts(shape);
  const picked: PickedLayer[] = [];
  shape.layers.forEach((layer, i) => {
    if (layer.queries === 'all') return;
    const entry = { ...layer, layout: where[i], heads: config.heads[layer.layer - 1] };
    if (shape.read === 'first' && i + 1 === shape.layers.length) planFirst(graph, tokens, entry);
    else picked.push(entry);
  });
  if (exits && picked.length > 0) planPicked(graph, tokens, exits, picked);
}

interface PickedLayer extends LayerShape {
  readonly layout: Layout;
  readonly heads: number;
}

/** The first token of each sequence is its only query. */
function planFirst(
  graph: PlannedGraph,
  { index, sequences }: TokenPlan,
  { layer, layout, heads, attention }: PickedLayer,
): void {
  graph.plan(PLAN.rows(layer), () =>
    index.unsqueeze(graph.input(layout === 'ragged' ? PLAN.first : PLAN.firstPadded, 'int64', ['B']), 1),
  );
  const each = Array.from({ length: heads }, (_, head) => head);
  if (attention === 'absorbed') {
    graph.plan(PLAN.queries(layer), () => {
      const rows = index.unsqueeze(index.range(sequences), 1); // [B, 1]
      return index.add(rows, index.multiply(graph.integers(each, [1, heads]), sequences)); // [B, A]
    });
    graph.plan(PLAN.answers(layer), () => {
      const starts = index.multiply(index.unsqueeze(index.range(sequences), 0), heads); // [1, B]
      return index.add(starts, graph.integers(each, [heads, 1])); // [A, B]
    });
    return;
  }
  const all = (): Value => index.range(index.multiply(sequences, heads)); // [B·A]
  graph.plan(PLAN.queries(layer), () => index.reshape(all(), [-1, heads, 1]));
  graph.plan(PLAN.answers(layer), () => index.reshape(all(), [-1, heads]));
}

/**
 * bool [N, B, S]: layers above a batch's last exit compute its first token, because not all runtimes can compute nothing;
 * `settle` drops the result.
 */
function substitutes(graph: PlannedGraph, { index, ids }: TokenPlan, exits: ExitValues, numbers: Value): Value {
  const unreached = graph.add('Less', [exits.deepest, numbers]); // [N, 1, 1]
  const first = index.gather(graph.input(PLAN.unpad, 'int64', ['T']), graph.integers([0]));
  const places = index.range(graph.add('Size', [ids])); // [B·S]
  const isFirst = graph.add('Reshape', [graph.add('Equal', [places, first]), graph.add('Shape', [ids])]);
  return graph.add('And', [unreached, isFirst]);
}

/** The new states of a layer's queries, or the old ones where the batch doesn't reach the layer. */
export function settle(graph: PlannedGraph, exits: ExitValues, layer: number, computed: Value, queries: Value): Value {
  const reached = graph.add('GreaterOrEqual', [exits.deepest, graph.integers([layer], [])]);
  return graph.add('Where', [reached, computed, queries]);
}

/** The tokens that haven't left yet. N layers, M queries in all of them together, m in one, Q the most of a sequence in one. */
function planPicked(graph: PlannedGraph, tokens: TokenPlan, exits: ExitValues, layers: readonly PickedLayer[]): void {
  const { index, places } = tokens;
  const N = layers.length;
  const numbers = graph.integers(
    layers.map(({ layer }) => layer),
    [N, 1, 1],
  );
  const reached = graph.add('GreaterOrEqual', [index.unsqueeze(exits.layers, 0), numbers]); // [N, B, S]
  const active = graph.add('Or', [reached, substitutes(graph, tokens, exits, numbers)]);
  const ones = index.cast(active, 'int64');
  const counts = index.sum(ones, 2); // [N, B]
  const totals = index.sum(counts, 1); // [N]
  const most = index.maximum(counts, 1); // [N]
  const starts = index.runningSum(counts, 1, true); // [N, B]
  const order = index.runningSum(ones, 2, true); // [N, B, S]

  const found = index.whereTrue(active); // [3, M]: layer, sequence, place
  const [layerOf, sequenceOf, placeOf] = graph
    .addMany('Split', [found, graph.integers([1, 1, 1])], 3, { axis: 0 })
    .map((row) => index.flat(row));
  const inSequence = graph.add('GatherND', [order, graph.add('Transpose', [found], { perm: [1, 0] })]); // [M]
  const padded = index.add(index.multiply(sequenceOf, places), placeOf); // [M]
  const heads = layers.map((layer) => layer.heads);
  const headsOf = new Set(heads).size === 1 ? heads[0] : index.gather(graph.integers(heads), layerOf);
  const place = index.add(index.multiply(index.multiply(sequenceOf, headsOf), index.gather(most, layerOf)), inSequence); // [M]: b·A·Q + q

  const column = (x: Value): Value[] => index.split(index.unsqueeze(x, 1), totals, N);
  const rows: Partial<Record<Layout, Value[]>> = {};
  const rowsIn = (layout: Layout): Value[] => {
    rows[layout] ??= column(
      layout === 'padded' ? padded : index.gather(graph.input(PLAN.pad, 'int64', ['BS']), padded),
    );
    return rows[layout];
  };
  const ones64 = graph.integers(layers.map(() => 1));
  const placesOf = column(place);
  const startsOf = index.split(starts, ones64, N); // [1, B] each
  const mostOf = index.split(most, ones64, N); // [1] each
  const totalsOf = index.split(totals, ones64, N); // [1] each

  layers.forEach(({ layer, layout, heads: A, attention }, i) => {
    graph.plan(PLAN.rows(layer), () => rowsIn(layout)[i]);
    if (attention === 'none') return;
    const each = Array.from({ length: A }, (_, head) => head);
    const absorbed = attention === 'absorbed';
    graph.plan(PLAN.queries(layer), () => {
      const first = index.reshape(startsOf[i], [-1, 1]); // [B, 1]
      // Free places read the next sequence's query, the last one's its own; nobody reads their answers.
      const within = index.minimum(index.add(first, index.range(mostOf[i])), index.add(totalsOf[i], -1)); // [B, Q]
      if (!absorbed) return index.add(index.multiply(index.unsqueeze(within, 1), A), graph.integers(each, [1, A, 1])); // [B, A, Q]
      const head = index.multiply(graph.integers(each, [1, A, 1]), totalsOf[i]);
      return graph.add('Flatten', [index.add(index.unsqueeze(within, 1), head)], { axis: 1 }); // [B, A·Q]
    });
    graph.plan(
      PLAN.answers(layer),
      () =>
        absorbed
          ? index.add(index.reshape(placesOf[i], [1, -1]), index.multiply(graph.integers(each, [A, 1]), mostOf[i])) // [A, m]
          : index.add(placesOf[i], index.multiply(graph.integers(each, [1, A]), mostOf[i])), // [m, A]
    );
  });
}
