import {
  assertSharedHeads,
  assertTableFits,
  type Checkpoint,
  type EncoderConfig,
  type ExitTable,
  encoderTensors,
  HasheeError,
  type HeadConfig,
  headTensors,
  validateEncoderConfig,
  type WeightSource,
} from '@hashee/core';

/** Names of all tensors that inference needs, after checking that each is there in the right shape. */
export function requiredTensors(config: EncoderConfig, heads: readonly HeadConfig[], weights: WeightSource): string[] {
  const wanted = [...encoderTensors(config), ...heads.flatMap((head) => headTensors(head, config.hiddenSize))];
  assertTensors(wanted, weights);
  return wanted.map(([name]) => name);
}

/** @throws HasheeError `INVALID_CHECKPOINT` with the tensor that is missing or has another shape */
export function assertTensors(
  wanted: readonly (readonly [name: string, shape: readonly number[]])[],
  weights: WeightSource,
): void {
  const present = new Set(weights.names());
  for (const [name, shape] of wanted) {
    if (!present.has(name))
      throw new HasheeError('INVALID_CHECKPOINT', `The checkpoint lacks the tensor "${name}" [${shape.join(', ')}].`, {
        fields: { name, expected: shape },
      });
    const actual = weights.shape(name);
    if (actual.length !== shape.length || actual.some((size, axis) => size !== shape[axis]))
      throw new HasheeError(
        'INVALID_CHECKPOINT',
        `Tensor "${name}" has shape [${actual.join(', ')}], the config asks for [${shape.join(', ')}].`,
        { fields: { name, expected: shape, actual } },
      );
  }
}

/** What an encoder runs with, checked. */
export interface ResolvedModel {
  readonly config: EncoderConfig;
  readonly heads: readonly HeadConfig[];
  readonly head: HeadConfig | undefined;
  readonly exitTable: ExitTable | undefined;
}

/** @throws HasheeError `INVALID_CONFIG`, `TABLE_MISMATCH`, `NOT_FOUND` (head) */
export function resolveModel(
  checkpoint: Checkpoint,
  options: { readonly head?: string | undefined; readonly exitTable?: ExitTable | null | undefined },
): ResolvedModel {
  const { config, heads } = checkpoint;
  validateEncoderConfig(config);
  assertSharedHeads(heads);
  const exitTable = options.exitTable === null ? undefined : (options.exitTable ?? checkpoint.exitTable);
  if (exitTable) assertTableFits(exitTable, config);
  const wanted = options.head ?? (heads.some((head) => head.name === 'main') ? 'main' : undefined);
  const head = wanted === undefined ? undefined : heads.find((candidate) => candidate.name === wanted);
  if (wanted !== undefined && !head)
    throw new HasheeError(
      'NOT_FOUND',
      `The model has no head "${wanted}"; it has ${heads.length ? heads.map(({ name }) => `"${name}"`).join(', ') : 'none'}.`,
      { fields: { head: wanted, heads: heads.map(({ name }) => name) } },
    );
  for (const { name, layer } of heads)
    if (!Number.isInteger(layer) || layer < 1 || layer > config.layers)
      throw new HasheeError('INVALID_CONFIG', `Head "${name}" reads layer ${layer}, expected 1 to ${config.layers}.`, {
        fields: { head: name, layer, layers: config.layers },
      });
  return { config, heads, head, exitTable };
}
