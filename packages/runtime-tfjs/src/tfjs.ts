import {
  type Backend,
  type Checkpoint,
  type Encoder,
  HasheeError,
  type LoadOptions,
  type Trainer,
  type TrainingSpec,
  throwIfAborted,
} from '@hashee/core';
import { resolveModel } from '@hashee/core/backend';
import type { AttentionPreference } from './encoder/shape.js';
import { type ChosenEngine, chooseEngine } from './engine/choose-engine.js';
import { ENGINE_NAMES, type EngineName } from './engine/engine-names.js';
import type { EngineSource } from './engine/open-engine.js';
import { StoredParameters } from './inference/stored-parameters.js';
import { TfjsEncoder } from './inference/tfjs-encoder.js';
import { FoldedWeights } from './native/folded-weights.js';
import { TfjsTrainer } from './training/tfjs-trainer.js';

export interface TfjsOptions extends EngineSource {
  /** What computes. `auto` takes the fastest that works here; `describeTfjs` says which and why not the others. @default 'auto' */
  readonly engine?: EngineName | 'auto' | undefined;
  /** How keys and values of layers with frozen tokens are obtained; the results are equal to rounding. @default 'auto', the cheaper one for each layer, batch and engine */
  readonly attention?: AttentionPreference | undefined;
}

/** Checks what comes from callers without types. */
export function validateTfjsOptions({ engine = 'auto', attention = 'auto', threads = 1 }: TfjsOptions): void {
  const refuse = (name: string, expected: readonly string[], value: unknown): never => {
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `tfjs(): ${name} must be one of ${expected.join(', ')}, got ${JSON.stringify(value)}.`,
      { fields: { [name]: value, expected } },
    );
  };
  const engines: readonly string[] = ['auto', ...ENGINE_NAMES];
  if (!engines.includes(engine)) refuse('engine', engines, engine);
  const preferences: readonly string[] = ['auto', 'projected', 'absorbed'];
  if (!preferences.includes(attention)) refuse('attention', preferences, attention);
  if (!(Number.isInteger(threads) && threads >= 1 && threads <= 1024))
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `tfjs(): threads must be a whole number from 1 to 1024, got ${JSON.stringify(threads)}.`,
      { fields: { threads } },
    );
}

/** A backend on TensorFlow.js. Its engine is imported and proven when the first model is loaded. */
export function tfjs(options: TfjsOptions = {}): Backend {
  validateTfjsOptions(options);
  const { engine: wanted = 'auto', attention = 'auto' } = options;
  let chosen: Promise<ChosenEngine> | undefined;
  const open = async (): Promise<ChosenEngine> => {
    chosen ??= chooseEngine(wanted, options);
    try {
      return await chosen;
    } catch (error) {
      chosen = undefined;
      throw error;
    }
  };
  return {
    specificationVersion: 'v1',
    name: 'tfjs',
    capabilities: {
      training: true,
      passes: true,
      dtypes: ['fp32'],
      devices: wanted === 'auto' ? ENGINE_NAMES : [wanted],
    },

    async load(checkpoint: Checkpoint, load: LoadOptions = {}): Promise<Encoder> {
      if (load.dtype !== undefined && load.dtype !== 'fp32')
        throw new HasheeError('UNSUPPORTED', `The tfjs runtime has dtype fp32, got ${JSON.stringify(load.dtype)}.`, {
          fields: { dtype: load.dtype, supported: ['fp32'] },
        });
      const aborted = (): void => throwIfAborted(load.signal, 'Loading the model');
      aborted();
      const model = resolveModel(checkpoint, load);
      const { engine } = await open();
      const parameters = await StoredParameters.load(
        engine,
        checkpoint,
        (name, loaded, total) => load.onProgress?.({ status: 'reading', name, loaded, total }),
        aborted,
      );
      try {
        aborted();
        load.onProgress?.({ status: 'ready' });
      } catch (error) {
        parameters.dispose();
        throw error;
      }
      const folded = engine.operations.kernels.native && new FoldedWeights(engine, model.config, parameters);
      return new TfjsEncoder(model, engine, parameters, attention, () => parameters.dispose(), folded);
    },

    async createTrainer(checkpoint: Checkpoint, spec: TrainingSpec): Promise<Trainer> {
      return TfjsTrainer.create(checkpoint, spec, (await open()).engine, attention);
    },
  };
}
