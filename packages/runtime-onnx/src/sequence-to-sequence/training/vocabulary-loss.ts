import type { Graph, Value } from '../../graph/graph.js';
import { add, concat, multiply, split } from '../../graph/operators.js';
import { TARGET } from './target-inputs.js';

export interface VocabularyLoss {
  /** Mean over the labels that count. */
  readonly loss: Value;
  /** By the states, [n, H]. */
  readonly states: Value;
  /** By the matrix, [V, H]; present where asked for. */
  readonly weight: Value | undefined;
  /** By the bias, [V]; present where asked for. */
  readonly bias: Value | undefined;
}

/**
 * Projection onto the vocabulary, its loss with label smoothing ε, and the exact gradient:
 * `loss = Σ -(1 - ε)·ln p_y - ε/V · Σ_v ln p_v` over the n labels, times 1/n; gradient by logits `softmax(z) - (1 - ε)·[v = y] - ε/V`.
 * Computed in chunks of labels, one after the other, so that no more than a chunk's logits are there at a time.
 * @param states [n, H]
 * @param weight [V, H]
 * @param bias [V], or undefined where there is none
 */
export function vocabularyLoss(
  graph: Graph,
  states: Value,
  weight: Value,
  bias: Value | undefined,
  settings: {
    readonly chunks: number;
    readonly smoothing: number;
    readonly vocabSize: number;
    readonly wants: { readonly weight: boolean; readonly bias: boolean };
  },
): VocabularyLoss {
  const { chunks, smoothing: epsilon, vocabSize: V, wants } = settings;
  const labels = graph.input(TARGET.labels, 'int64', ['n', 1]);
  const sizes = graph.input(TARGET.chunks, 'int64', [chunks]);
  const scale = graph.input(TARGET.scale, 'float32', []);
  const parts = (value: Value): Value[] => (chunks === 1 ? [value] : split(graph, value, sizes, chunks));
  const total = (value: Value): Value => graph.add('ReduceSum', [value], { keepdims: 0 });
  const labelParts = parts(labels);
  const byStates: Value[] = [];
  let loss: Value | undefined;
  let byWeight: Value | undefined;
  let byBias: Value | undefined;
  /** 0, once the chunk before is done: each chunk adds it to its states, so that they are computed in turn. */
  let done: Value | undefined;
  parts(states).forEach((part, chunk) => {
    const x = done === undefined ? part : add(graph, part, done);
    const y = labelParts[chunk];
    const z = graph.add('Gemm', bias === undefined ? [x, weight] : [x, weight, bias], { transB: 1 }); // [c, V]
    const logarithm = graph.add('LogSoftmax', [z], { axis: -1 });
    const picked = total(graph.add('GatherElements', [logarithm, y], { axis: 1 }));
    let sum = multiply(graph, picked, graph.float(epsilon - 1));
    const target = graph.add('Expand', [graph.float(epsilon - 1), graph.add('Shape', [y])]);
    let gradient = graph.add('ScatterElements', [graph.add('Exp', [logarithm]), y, target], {
      axis: 1,
      reduction: 'add',
    });
    if (epsilon > 0) {
      sum = add(graph, sum, multiply(graph, total(logarithm), graph.float(-epsilon / V)));
      gradient = graph.add('Sub', [gradient, graph.float(epsilon / V)]);
    }
    byStates.push(multiply(graph, graph.add('Gemm', [gradient, weight]), scale));
    if (wants.weight) {
      const scaled = multiply(graph, x, scale);
      const inputs = byWeight === undefined ? [gradient, scaled] : [gradient, scaled, byWeight];
      byWeight = graph.add('Gemm', inputs, { transA: 1 });
    }
    if (wants.bias) {
      const rows = graph.add('ReduceSum', [gradient, graph.integers([0])], { keepdims: 0 });
      const scaled = multiply(graph, rows, scale);
      byBias = byBias === undefined ? scaled : add(graph, byBias, scaled);
    }
    loss = loss === undefined ? sum : add(graph, loss, sum);
    // All of a chunk's results, or what they are made from would wait for the others.
    const results = [byStates[chunk], byWeight, byBias].filter((value) => value !== undefined);
    const first = results.map((value) => total(graph.add('Gather', [value, graph.integers([0])], { axis: 0 })));
    done = multiply(
      graph,
      [loss, ...first].reduce((a, b) => add(graph, a, b)),
      graph.float(0),
    );
  });
  return {
    loss: multiply(graph, loss!, graph.input(TARGET.share, 'float32', [])),
    states: chunks === 1 ? byStates[0] : concat(graph, byStates),
    weight: byWeight,
    bias: byBias,
  };
}
