// The model that all cells of a task start from: dense, taught to copy spans of the training sources.
import { onnx } from '@hashee/runtime-onnx';
import { copyingExamples, trainSequenceToSequence } from '@hashee/train';

/**
 * Trains it, or reads the finished one.
 * @param {import('@hashee/core').SequenceToSequenceCheckpoint} start
 * @param {readonly { inputIds: Int32Array }[]} sources
 * @param {import('./cells.mjs').TaskSettings['base']} settings
 * @param {{ directory: string, limit: number | undefined, signal: AbortSignal, progress: (text: string) => void }} run
 */
export async function copyingBase(start, sources, settings, { directory, limit, signal, progress }) {
  const { shown, copied, batchSize, learningRate } = settings;
  const updates = limit === undefined ? settings.updates : Math.min(settings.updates, limit);
  const trained = await trainSequenceToSequence({
    ...{ backend: onnx({ threads: 1 }), model: start, exitTable: null, decoderExitTable: null },
    trainSet: copyingExamples(sources, { count: updates * batchSize, shown, copied, seed: 1 }),
    ...{ seed: 1, epochs: 1, batchSize, learningRate, directory, checkpointEvery: 100, signal },
    onEvent: (event) => {
      if (event.type === 'step' && event.step % 50 === 0)
        progress(
          `copying, update ${event.step}/${event.steps} loss ${event.loss.toFixed(3)} left ${Math.round(event.remainingSeconds)} s`,
        );
    },
  });
  return trained.model;
}
