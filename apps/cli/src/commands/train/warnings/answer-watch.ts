import type { Backend } from '@hashee/core';
import { type EncodedDataset, type Evaluation, type Evaluator, evaluator, type MetricName } from '@hashee/eval';
import type { TrainEvent, TrainResult } from '@hashee/train';
import { labelCounts } from './label-counts.js';

/** Judges on dev as `evaluator` does, and remembers which labels the best weights answer. */
export interface AnswerWatch {
  readonly dev: Evaluator;
  /** To be told of every event of the run. */
  readonly onEvent: (event: TrainEvent) => void;
  /**
   * How often the best weights answer each label on dev, `[C]`. Dev is run once more where they are of an earlier part of the run.
   * @throws HasheeError `ABORTED`, and what the backend throws
   */
  answersOf(result: TrainResult, backend: Backend, signal: AbortSignal): Promise<number[]>;
}

export function watchAnswers(devSet: EncodedDataset, metrics?: readonly MetricName[]): AnswerWatch {
  const dev = evaluator(devSet, { metrics });
  let latest: Evaluation['predictions'] | undefined;
  let best: Evaluation['predictions'] | undefined;
  return {
    dev: {
      ...dev,
      async evaluate(encoder, options) {
        const evaluation = await dev.evaluate(encoder, options);
        latest = evaluation.predictions;
        return evaluation;
      },
    },
    onEvent: ({ type }) => {
      if (type === 'best') best = latest;
    },
    async answersOf({ model }, backend, signal) {
      if (best) return labelCounts(devSet, best);
      const encoder = await backend.load(model, { signal });
      try {
        return labelCounts(devSet, (await dev.evaluate(encoder, { signal })).predictions);
      } finally {
        await encoder.dispose();
      }
    },
  };
}
