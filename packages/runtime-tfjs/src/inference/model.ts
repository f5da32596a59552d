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
  type LoadOptions,
  validateEncoderConfig,
} from '@hashee/core';

/** What an encoder runs with, checked. */
export interface Model {
  readonly config: EncoderConfig;
  readonly heads: readonly HeadConfig[];
  readonly head: HeadConfig | undefined;
  readonly exitTable: ExitTable | undefined;
}

/** @throws HasheeError `INVALID_CONFIG`, `TABLE_MISMATCH`, `NOT_FOUND` (head) */
export function resolveModel(
  { config, heads, exitTable }: Pick<Checkpoint, 'config' | 'heads' | 'exitTable'>,
  options: Pick<LoadOptions, 'head' | 'exitTable'>,
): Model {
  validateEncoderConfig(config);
  assertSharedHeads(heads);
  const table = options.exitTable === undefined ? exitTable : (options.exitTable ?? undefined);
  if (table) assertTableFits(table, config);
  for (const { name, layer } of heads)
    if (!Number.isInteger(layer) || layer < 1 || layer > config.layers)
      throw new HasheeError('INVALID_CONFIG', `Head "${name}" reads layer ${layer}, expected 1 to ${config.layers}.`, {
        fields: { head: name, layer, layers: config.layers },
      });
  const head = heads.find(({ name }) => name === (options.head ?? 'main'));
  if (options.head !== undefined && !head) throw unknownHead(options.head, heads);
  return { config, heads, head, exitTable: table };
}

export function unknownHead(name: string, heads: readonly HeadConfig[]): HasheeError {
  const names = heads.map((head) => head.name);
  return new HasheeError(
    'NOT_FOUND',
    `The model has no head "${name}"; it has ${names.map((known) => `"${known}"`).join(', ') || 'none'}.`,
    { fields: { head: name, heads: names } },
  );
}

/** Names of all tensors of a model, after checking that each is there in the right shape. @throws HasheeError `INVALID_CHECKPOINT` */
export function requiredTensors({ config, heads, weights }: Checkpoint): string[] {
  const present = new Set(weights.names());
  const wanted = [...encoderTensors(config), ...heads.flatMap((head) => headTensors(head, config.hiddenSize))];
  for (const [name, expected] of wanted) {
    const actual = present.has(name) ? weights.shape(name) : undefined;
    if (actual?.join() === expected.join()) continue;
    const found = actual ? `has shape [${actual.join(', ')}]` : 'is missing';
    throw new HasheeError(
      'INVALID_CHECKPOINT',
      `Tensor "${name}" ${found}; the config asks for [${expected.join(', ')}].`,
      { fields: { name, expected, actual } },
    );
  }
  return wanted.map(([name]) => name);
}
