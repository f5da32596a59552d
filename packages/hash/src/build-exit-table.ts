import { HasheeError } from '@hashee/core';
import type { BuiltExitTable } from './built-exit-table.js';
import { type ClusteredHashOptions, clusteredHash } from './clustered.js';
import { type CustomTableOptions, customTable } from './custom.js';
import { type FrequencyHashOptions, frequencyHash } from './frequency.js';
import { type MutualInformationHashOptions, mutualInformationHash } from './mutual-information.js';
import { type RandomConsistentHashOptions, randomConsistentHash } from './random-consistent.js';
import { type UniformTableOptions, uniformTable } from './uniform.js';

/** Names of the hashes that make a table. The random inconsistent hash makes none, see `randomInconsistentExits`. */
export const hashNames = [
  'frequency',
  'mutual-information',
  'random-consistent',
  'clustered',
  'uniform',
  'custom',
] as const;

export type HashName = (typeof hashNames)[number];

export type BuildExitTableOptions =
  | ({ readonly hash: 'frequency' } & FrequencyHashOptions)
  | ({ readonly hash: 'mutual-information' } & MutualInformationHashOptions)
  | ({ readonly hash: 'random-consistent' } & RandomConsistentHashOptions)
  | ({ readonly hash: 'clustered' } & ClusteredHashOptions)
  | ({ readonly hash: 'uniform' } & UniformTableOptions)
  | ({ readonly hash: 'custom' } & CustomTableOptions);

/**
 * Builds an exit table by any hash; the options are those of the hash's own function.
 * @throws HasheeError `INVALID_ARGUMENT`, `INVALID_DATA`, `TABLE_MISMATCH`, `ABORTED`
 */
export async function buildExitTable(options: BuildExitTableOptions): Promise<BuiltExitTable> {
  const { hash } = options;
  switch (options.hash) {
    case 'frequency':
      return frequencyHash(options);
    case 'mutual-information':
      return mutualInformationHash(options);
    case 'random-consistent':
      return randomConsistentHash(options);
    case 'clustered':
      return clusteredHash(options);
    case 'uniform':
      return uniformTable(options);
    case 'custom':
      return customTable(options);
    default:
      throw new HasheeError('INVALID_ARGUMENT', `hash must be one of ${hashNames.join(', ')}, got ${String(hash)}.`, {
        fields: { hash },
      });
  }
}
