import { HasheeError, type HeadConfig, headTensors, Random, type WeightSource } from '@hashee/core';

/** Standard deviation of new weights, as BERT's `initializer_range`. */
const DEVIATION = 0.02;

/**
 * Weights of a head: the checkpoint's where it has them all; else the pretrained pooler for a tanh layer, N(0, 0.02) for the
 * matrices and 0 for the biases.
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
  const fits = ([name, shape]: [string, number[]]): boolean =>
    present.has(name) &&
    weights.shape(name).length === shape.length &&
    weights.shape(name).every((n, i) => n === shape[i]);
  const result = new Map<string, Float32Array>();
  if (wanted.every(fits)) {
    for (const [name] of wanted) result.set(name, await weights.read(name));
    return result;
  }
  const some = wanted.find(([name]) => present.has(name));
  if (some)
    throw new HasheeError(
      'INVALID_CHECKPOINT',
      `The checkpoint has a head "${head.name}" of another shape ("${some[0]}" is [${weights.shape(some[0]).join(', ')}], the recipe wants [${some[1].join(', ')}]). Give the new head another name or the same labels.`,
      { fields: { head: head.name, tensor: some[0], expected: some[1], actual: weights.shape(some[0]) } },
    );
  const pooler = head.dense.startsWith('tanh') && present.has('pooler.weight') && present.has('pooler.bias');
  const random = Random.stream(seed, 0x68656164, index);
  for (const [name, shape] of wanted) {
    if (pooler && name.includes('.dense.'))
      result.set(name, await weights.read(name.endsWith('bias') ? 'pooler.bias' : 'pooler.weight'));
    else {
      const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
      if (name.endsWith('.weight')) for (let i = 0; i < values.length; i++) values[i] = DEVIATION * random.normal();
      result.set(name, values);
    }
  }
  return result;
}
