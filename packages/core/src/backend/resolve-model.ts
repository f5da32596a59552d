import type { LoadOptions } from '../backend.js';
import type { Checkpoint } from '../checkpoint.js';
import { type EncoderConfig, validateEncoderConfig } from '../config.js';
import { HasheeError } from '../errors.js';
import { assertTableFits, type ExitTable } from '../exit-table.js';
import { assertHeadAttention, assertSharedHeads, type HeadConfig } from '../head.js';

/** What an encoder runs with, checked. */
export interface ResolvedModel {
  readonly config: EncoderConfig;
  readonly heads: readonly HeadConfig[];
  readonly head: HeadConfig | undefined;
  readonly exitTable: ExitTable | undefined;
}

/** @throws HasheeError `INVALID_CONFIG`, `TABLE_MISMATCH`, `NOT_FOUND` (head) */
export function resolveModel(
  { config, heads, exitTable }: Pick<Checkpoint, 'config' | 'heads' | 'exitTable'>,
  options: Pick<LoadOptions, 'head' | 'exitTable'>,
): ResolvedModel {
  validateEncoderConfig(config);
  for (const head of heads) assertHeadAttention(head);
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
  if (head?.attention)
    throw new HasheeError(
      'INVALID_CONFIG',
      `Head "${head.name}" attends over all tokens: it answers in passes and can't be the head of forward(). Load the model with another \`head\`.`,
      { fields: { head: head.name } },
    );
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
