import { HasheeError } from '../errors.js';
import type { HeadConfig } from '../head.js';
import { Random } from '../random.js';
import { headTensors } from '../weight-names.js';
import type { WeightSource } from '../weights.js';

/** Standard deviation of new weights, as BERT's `initializer_range`. */
const DEVIATION = 0.02;

/**
 * Weights of a head: the checkpoint's where it has them all; else the pretrained pooler for a tanh layer, N(0, 0.02) for the
 * matrices and 0 for the biases. The same seed gives the numbers in every runtime.
 * @throws HasheeError `INVALID_CHECKPOINT` where the checkpoint has the head in another shape
 */
export async function headWeights(
  head: HeadConfig,
  index: number,
  hiddenSize: number,
  weights: WeightSource,
  seed: number,
): Promise<Map<string, Float32Array>> {
  const present = new Set(weights.names());
  const wanted = headTensors(head, hiddenSize);
  const result = new Map<string, Float32Array>();
  if (wanted.every(([name, shape]) => present.has(name) && weights.shape(name).join() === shape.join())) {
    for (const [name] of wanted) result.set(name, (await weights.read(name)).slice());
    return result;
  }
  const other = wanted.find(([name]) => present.has(name));
  if (other) {
    const [name, expected] = other;
    const actual = weights.shape(name);
    throw new HasheeError(
      'INVALID_CHECKPOINT',
      `The checkpoint has a head "${head.name}" of another shape: "${name}" is [${actual.join(', ')}], the recipe wants [${expected.join(', ')}]. Give the new head another name, or the same labels.`,
      { fields: { head: head.name, tensor: name, expected, actual } },
    );
  }
  const hasPooler =
    head.dense.startsWith('tanh') &&
    head.attention === undefined &&
    present.has('pooler.weight') &&
    present.has('pooler.bias');
  const random = Random.stream(seed, 0x68656164, index);
  for (const [name, shape] of wanted) {
    const kind = name.endsWith('.bias') ? 'bias' : 'weight';
    if (hasPooler && name.includes('.dense.')) {
      result.set(name, (await weights.read(`pooler.${kind}`)).slice());
      continue;
    }
    const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
    if (kind === 'weight') for (let i = 0; i < values.length; i++) values[i] = DEVIATION * random.normal();
    result.set(name, values);
  }
  return result;
}
