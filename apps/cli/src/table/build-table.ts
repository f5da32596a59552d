import { type EncoderConfig, HasheeError, type Tokenizer, type WeightSource } from '@hashee/core';
import { type BuiltExitTable, buildExitTable, type Corpus, type HashProgress, type Target } from '@hashee/hash';
import type { HashOptions } from './hash-options.js';

/** Hashes by the names of the command line. */
export const HASHES = ['frequency', 'mutual-information', 'random-consistent', 'clustered', 'uniform'] as const;

/** What a hash can look at. */
export interface TableMaterial {
  readonly config: EncoderConfig;
  readonly tokenizer: Tokenizer;
  readonly weights: WeightSource;
  /** True where labels are numbers and have to be put into bins. */
  readonly regression: boolean;
  /** Opens the training texts; called once for each reading. */
  readonly train: () => Promise<Corpus>;
  readonly dev?: (() => Promise<Corpus>) | undefined;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly onProgress?: ((event: HashProgress) => void) | undefined;
}

/** @throws HasheeError `INVALID_ARGUMENT` for an unknown hash or options that don't fit it, and what the hash throws */
export async function buildTable(options: HashOptions, material: TableMaterial): Promise<BuiltExitTable> {
  const { config, tokenizer, weights, seed, signal, onProgress } = material;
  const name = options.hash ?? 'frequency';
  const common = { layers: config.layers, config, tokenizer, signal, onProgress };
  const target = targetOf(options);
  const division = { buckets: options.buckets, target };
  // Only a target makes these hashes look at texts.
  const targetCorpus = target ? { targetCorpus: await material.train() } : {};
  if (options.exitLayer !== undefined && name !== 'uniform')
    throw new HasheeError('INVALID_ARGUMENT', `--exit-layer belongs to --hash uniform, not ${name}.`);
  switch (name) {
    case 'frequency': {
      const dev = material.dev ? { dev: await material.dev() } : {};
      return buildExitTable({ hash: name, ...common, ...division, train: await material.train(), ...dev });
    }
    case 'mutual-information': {
      const labels = { kind: material.regression ? 'regression' : 'classes' } as const;
      return buildExitTable({ hash: name, ...common, ...division, train: await material.train(), labels });
    }
    case 'random-consistent':
      return buildExitTable({ hash: name, ...common, ...division, ...targetCorpus, seed });
    case 'clustered':
      return buildExitTable({ hash: name, ...common, ...division, ...targetCorpus, weights, seed });
    case 'uniform':
      if (options.exitLayer === undefined || options.buckets !== undefined || target)
        throw new HasheeError('INVALID_ARGUMENT', '--hash uniform takes --exit-layer <layer> and nothing else.');
      return buildExitTable({ hash: name, ...common, exitLayer: options.exitLayer });
    default:
      throw new HasheeError('INVALID_ARGUMENT', `Unknown hash "${name}". Hashes: ${HASHES.join(', ')}.`, {
        fields: { hash: name, known: HASHES },
      });
  }
}

function targetOf({ speedup, meanExitLayer }: HashOptions): Target | undefined {
  if (speedup !== undefined) return { speedup };
  return meanExitLayer === undefined ? undefined : { meanExitLayer };
}
