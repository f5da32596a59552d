import {
  assertTableFits,
  type Backend,
  type Checkpoint,
  type ExitTable,
  type HeadConfig,
  type TokenSequence,
  throwIfAborted,
  type WeightSource,
} from '@hashee/core';
import { digestTeacher } from './digest.js';
import { train } from './train.js';
import type { TrainOptions } from './train-options.js';
import type { TrainResult } from './train-result.js';

const STATE = 'state';

export interface AdaptOptions
  extends Pick<
    TrainOptions,
    'batchSize' | 'accumulation' | 'seed' | 'warmup' | 'directory' | 'checkpointEvery' | 'resume' | 'signal' | 'onEvent'
  > {
  readonly backend: Backend;
  /** A pretrained encoder, or any model that was trained without exits. Its own table and heads don't matter. */
  readonly model: Checkpoint;
  readonly exitTable: ExitTable;
  /** Texts without labels, of the kind that the model will see. */
  readonly texts: readonly TokenSequence[];
  /** @default 1 */
  readonly epochs?: number | undefined;
  /** The highest. @default 2e-4 */
  readonly learningRate?: number | undefined;
}

/**
 * Teaches an encoder to say with exits what it says without: the first token's last state, which classifiers read, is
 * learned from the same model run through all layers (squared distance, summed over H; no dropout). A pretrained model has
 * never seen frozen states as keys and values; texts without labels are enough to get it used to them before it is
 * fine-tuned.
 * Not part of the HashEE paper, whose backbone was pretrained with exits.
 * @returns the encoder with its exit table and without heads; `history` is empty
 * @throws HasheeError `TABLE_MISMATCH`, and as `train` does
 */
export async function adapt(options: AdaptOptions): Promise<TrainResult> {
  const { backend, model, exitTable, texts, epochs = 1, learningRate = 2e-4, ...rest } = options;
  const { config } = model;
  assertTableFits(exitTable, config);
  throwIfAborted(rest.signal, 'Adapting the encoder');
  const head: HeadConfig = {
    name: STATE,
    task: 'regression',
    labels: Array.from({ length: config.hiddenSize }, (_, i) => String(i)),
    layer: config.layers,
    dense: 'none',
    dropout: 0,
  };
  const start = { config, heads: [head], weights: withIdentityHead(model.weights, config.hiddenSize) };
  const teacher = await backend.load(start, { head: STATE, signal: rest.signal });
  let result: TrainResult;
  try {
    result = await train({
      ...rest,
      backend,
      model: start,
      trainSet: texts.map(({ inputIds, tokenTypeIds }) => ({ inputIds, tokenTypeIds, label: 0 })),
      losses: [{ head: STATE, kind: 'mse', target: 'teacher' }],
      exitTable,
      teacher,
      teacherFingerprint: await digestTeacher(start),
      epochs,
      learningRate,
      dropout: 0,
    });
  } finally {
    await teacher.dispose();
  }
  // What the head absorbed is left behind: the next head learns anew. A pooler comes back from the pretrained model.
  const adapted = result.model.weights;
  const trained = new Set(adapted.names());
  const weights: WeightSource = {
    names: () => encoderNames(model.weights),
    shape: (name) => model.weights.shape(name),
    read: (name) => (trained.has(name) ? adapted : model.weights).read(name),
  };
  return { ...result, model: { config, heads: [], exitTable, weights } };
}

/** Without heads. */
function encoderNames(weights: WeightSource): string[] {
  return weights.names().filter((name) => !name.startsWith('heads.'));
}

/** The encoder's weights and a head that passes the first token's state through. */
function withIdentityHead(weights: WeightSource, H: number): WeightSource {
  const identity = new Float32Array(H * H);
  for (let i = 0; i < H; i++) identity[i * H + i] = 1;
  const head = new Map([
    [`heads.${STATE}.classifier.weight`, { shape: [H, H], data: identity }],
    [`heads.${STATE}.classifier.bias`, { shape: [H], data: new Float32Array(H) }],
  ]);
  return {
    names: () => [...encoderNames(weights), ...head.keys()],
    shape: (name) => head.get(name)?.shape ?? weights.shape(name),
    read: async (name) => head.get(name)?.data ?? weights.read(name),
  };
}
