import { type Checkpoint, HasheeError, type WeightSource } from '@hashee/core';
import { overlayWeights } from './overlay-weights.js';

/**
 * A model without some attention heads: rows of the query, key and value matrices and columns of the output matrix are cut
 * out; the output's bias stays. The answers are those of the model with those heads' context set to zero.
 * @param keeps for each layer which of its heads stay
 */
export function pruneHeads({ config, heads, weights }: Checkpoint, keeps: readonly (readonly boolean[])[]): Checkpoint {
  const fits = keeps.length === config.layers && keeps.every((kept, i) => kept.length === config.heads[i]);
  if (!fits || new Set(config.layerWeights).size !== config.layers)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      'Pruning needs one entry for each head of each layer, and layers with weights of their own.',
      { fields: { heads: config.heads, given: keeps.map(({ length }) => length) } },
    );
  const { headSize: D, hiddenSize: H } = config;
  const changes = new Map<string, { shape: readonly number[]; read(): Promise<Float32Array> }>();
  const gone = new Set<string>();
  keeps.forEach((kept, index) => {
    const set = `layers.${config.layerWeights[index]}`;
    const stays = kept.flatMap((keep, head) => (keep ? [head] : []));
    const rows = stays.flatMap((head) => Array.from({ length: D }, (_, d) => head * D + d));
    const change = (name: string, shape: number[], pick: (values: Float32Array) => Float32Array): void => {
      if (stays.length === 0) gone.add(name);
      else changes.set(name, { shape, read: async () => pick(await weights.read(name)) });
    };
    for (const part of ['query', 'key', 'value']) {
      change(`${set}.${part}.weight`, [rows.length, H], (values) => pickRows(values, rows, H));
      change(`${set}.${part}.bias`, [rows.length], (values) => pickRows(values, rows, 1));
    }
    change(`${set}.output.weight`, [H, rows.length], (values) => pickColumns(values, rows, H, kept.length * D));
  });
  const pruned: WeightSource = overlayWeights(weights, changes, (name) => gone.has(name));
  return {
    config: { ...config, heads: keeps.map((kept) => kept.filter(Boolean).length) },
    heads,
    weights: pruned,
  };
}

function pickRows(values: Float32Array, rows: readonly number[], width: number): Float32Array {
  const picked = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    picked.set(values.subarray(row * width, (row + 1) * width), i * width);
  });
  return picked;
}

function pickColumns(values: Float32Array, columns: readonly number[], rows: number, width: number): Float32Array {
  const picked = new Float32Array(rows * columns.length);
  for (let row = 0; row < rows; row++)
    columns.forEach((column, i) => {
      picked[row * columns.length + i] = values[row * width + column];
    });
  return picked;
}
