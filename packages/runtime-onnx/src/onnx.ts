import {
  type Backend,
  type Checkpoint,
  type Encoder,
  type LoadOptions,
  type SequenceToSequenceCheckpoint,
  type SequenceToSequenceLoadOptions,
  type SequenceToSequenceModel,
  type SequenceToSequenceTrainer,
  type SequenceToSequenceTrainingSpec,
  type Trainer,
  type TrainingSpec,
  throwIfAborted,
} from '@hashee/core';
import { bindModel, openEncoder } from './inference/bound-model.js';
import { DTYPES, type OnnxOptions, resolveDtype, validateOptions } from './onnx-options.js';
import { loadOrt } from './session/ort.js';

/** A backend on ONNX Runtime. `onnxruntime-node` is loaded when a model is. */
export function onnx(options: OnnxOptions = {}): Backend {
  validateOptions(options, 'onnx');
  const settings = { threads: options.threads, executionProviders: ['cpu'] };
  return {
    specificationVersion: 'v1',
    name: 'onnx',
    capabilities: { training: true, passes: true, generation: true, dtypes: [...DTYPES], devices: ['cpu'] },

    async load(checkpoint: Checkpoint, load: LoadOptions = {}): Promise<Encoder> {
      const dtype = resolveDtype(load.dtype);
      throwIfAborted(load.signal, 'Loading the model');
      const ort = await loadOrt(options.ort);
      const { bound, release } = await bindModel(checkpoint, { ...load, dtype, reduceRange: options.reduceRange });
      load.onProgress?.({ status: 'ready' });
      return openEncoder(bound, { ...settings, ort }, { ...options, release });
    },

    async loadSequenceToSequence(
      checkpoint: SequenceToSequenceCheckpoint,
      load: SequenceToSequenceLoadOptions = {},
    ): Promise<SequenceToSequenceModel> {
      const dtype = resolveDtype(load.dtype);
      throwIfAborted(load.signal, 'Loading the model');
      const ort = await loadOrt(options.ort);
      const { loadOnnxSequenceToSequence } = await import('./sequence-to-sequence/load-onnx-sequence-to-sequence.js');
      const model = await loadOnnxSequenceToSequence(checkpoint, { ...load, dtype }, { ...settings, ort }, options);
      load.onProgress?.({ status: 'ready' });
      return model;
    },

    async createTrainer(checkpoint: Checkpoint, spec: TrainingSpec): Promise<Trainer> {
      // Half of this package's code, which inference doesn't need.
      const { OnnxTrainer } = await import('./training/onnx-trainer.js');
      const ort = await loadOrt(options.ort);
      const { attention = 'auto', lastLayer = 'read' } = options;
      return OnnxTrainer.create(checkpoint, spec, { ...settings, ort }, { attention, lastLayer });
    },

    async createSequenceToSequenceTrainer(
      checkpoint: SequenceToSequenceCheckpoint,
      spec: SequenceToSequenceTrainingSpec,
    ): Promise<SequenceToSequenceTrainer> {
      const { OnnxSequenceToSequenceTrainer } = await import(
        './sequence-to-sequence/training/onnx-sequence-to-sequence-trainer.js'
      );
      const ort = await loadOrt(options.ort);
      const { attention = 'auto', lastLayer = 'read' } = options;
      return OnnxSequenceToSequenceTrainer.create(checkpoint, spec, { ...settings, ort }, { attention, lastLayer });
    },
  };
}
