import type { Checkpoint } from '../checkpoint.js';
import type { EncoderConfig } from '../config.js';
import type { ExitTable } from '../exit-table.js';
import type { HeadConfig, HeadDense, HeadTask } from '../head.js';
import { Random } from '../random.js';
import { encoderTensors, headTensors } from '../weight-names.js';
import { MemoryWeights } from '../weights.js';
import { type TinyFamily, tinyConfig } from './tiny-config.js';

export interface TinyCheckpointOptions {
  /** @default 'bert' */
  readonly family?: TinyFamily;
  /** Overrides single fields of the family's config. */
  readonly config?: Partial<EncoderConfig>;
  /** @default one head `main` on the last layer */
  readonly heads?: readonly HeadConfig[];
  readonly exitTable?: ExitTable;
  /** @default 1 */
  readonly seed?: number;
}

const LABELS: Readonly<Record<HeadTask, readonly string[]>> = {
  'sequence-classification': ['negative', 'neutral', 'positive'],
  regression: ['score'],
  'token-classification': ['O', 'B-PER', 'I-PER', 'B-LOC', 'I-LOC'],
};

/** A head as small checkpoints have it; `main` on the last layer unless told otherwise. */
export function tinyHead(
  task: HeadTask,
  layer: number,
  options: { readonly name?: string; readonly dense?: HeadDense } = {},
): HeadConfig {
  const dense = options.dense ?? (task === 'token-classification' ? 'none' : 'tanh');
  return { name: options.name ?? 'main', task, labels: LABELS[task], layer, dense, dropout: 0.1 };
}

/** Heads `exit1` .. on the inner layers and `main` on the last, for methods that decide while running. */
export function tinyExitHeads(task: HeadTask, layers: number): HeadConfig[] {
  return Array.from({ length: layers }, (_, index) =>
    tinyHead(task, index + 1, { name: index + 1 === layers ? 'main' : `exit${index + 1}` }),
  );
}

/**
 * A random model small enough to be computed by hand: seeded, in memory, of any family. Weights are large enough, and
 * LayerNorms far enough from the identity, that an error anywhere shows in the output.
 */
export function tinyCheckpoint(options: TinyCheckpointOptions = {}): Checkpoint {
  const config = tinyConfig(options.family, options.config);
  const heads = options.heads ?? [tinyHead('sequence-classification', config.layers)];
  const random = new Random(options.seed ?? 1);
  const tensors = [...encoderTensors(config), ...heads.flatMap((head) => headTensors(head, config.hiddenSize))];
  const weights = new MemoryWeights(
    tensors.map(([name, shape]) => {
      const data = new Float32Array(shape.reduce((product, n) => product * n, 1));
      const norm = /norm\.weight$/i.test(name);
      const spread = norm || name.endsWith('.bias') ? 0.2 : 0.3;
      for (let i = 0; i < data.length; i++) data[i] = (norm ? 1 : 0) + spread * random.normal();
      return [name, { shape, data }] as const;
    }),
  );
  return { config, heads, weights, ...(options.exitTable ? { exitTable: options.exitTable } : {}) };
}
