import { type WeightSource, WORD_TABLE } from '@hashee/core';
import type { Graph } from '../graph/graph.js';
import { prune } from '../graph/prune.js';
import type { StoredTensor } from '../session/weight-binding.js';
import { isLarge, quantizeGraph } from './quantize-graph.js';
import { headTensors } from './quantized-heads.js';
import { RowQuantizer, transposed } from './quantized-weights.js';
import { StoredTensors } from './stored-tensors.js';

/** Matrices that absorbed attention multiplies head by head; classifiers with an attention of their own project it always. */
const ABSORBED = /^(?!heads\.).*\.(key|value)\.weight$/;

/**
 * The tensors of a model as 8-bit graphs take them: matrices of linear maps as `[inputs, outputs]` integers with a scale for each
 * output, those of keys and values also head by head, the word table as integers with a scale for each row, the rest as it is.
 * @param headSize of the attention that may be absorbed
 */
export function quantizedTensors(
  weights: WeightSource,
  names: readonly string[],
  reduceRange: boolean,
  headSize?: number,
): StoredTensor[] {
  const quantizer = new RowQuantizer(weights);
  return names.flatMap((name): StoredTensor[] => {
    const shape = weights.shape(name);
    const plain = { name, read: () => weights.read(name) };
    if (name === WORD_TABLE ? !isLarge(shape) : !name.endsWith('.weight') || !isLarge(shape)) return [plain];
    const largest = name === WORD_TABLE || !reduceRange ? 127 : 63;
    const rows = (): ReturnType<RowQuantizer['rows']> => quantizer.rows(name, largest);
    const integers = async (): Promise<Int8Array> => {
      const { integers } = await rows();
      return name === WORD_TABLE ? integers : transposed(integers, shape[0]);
    };
    return [
      { name: `${name}.q8`, read: integers },
      { name: `${name}.scale`, read: async () => (await rows()).scales },
      ...(headSize !== undefined && ABSORBED.test(name)
        ? headTensors(quantizer, name, { size: headSize, heads: shape[0] / headSize, largest })
        : []),
    ];
  });
}

/** Turns a graph that was built for fp32 weights into one for the tensors of `quantizedTensors`. */
export function quantizeForRuntime(graph: Graph, weights: WeightSource, reduceRange: boolean): void {
  quantizeGraph(graph, new StoredTensors(weights), { weights, contrib: true, reduceRange });
  prune(graph);
}
