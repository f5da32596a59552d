import type { Backend, Checkpoint, TrainingSpec } from '@hashee/core';
import { bagOfWordsEncoder } from './encoder.js';
import { copyParameters } from './model.js';
import { BagOfWordsTrainer } from './trainer.js';

/** A runtime that really learns, in milliseconds. */
export const bagOfWordsBackend: Backend = {
  specificationVersion: 'v1',
  name: 'bag-of-words',
  capabilities: { training: true, passes: false, dtypes: ['fp32'], devices: ['cpu'] },
  async load(checkpoint) {
    return bagOfWordsEncoder(checkpoint, await copyParameters(checkpoint.weights));
  },
  async createTrainer(checkpoint: Checkpoint, spec: TrainingSpec) {
    const exitTable = spec.exitTable === undefined ? checkpoint.exitTable : (spec.exitTable ?? undefined);
    const model = { ...checkpoint, heads: spec.heads ?? checkpoint.heads, exitTable };
    return new BagOfWordsTrainer(model, await copyParameters(checkpoint.weights), spec);
  },
};
