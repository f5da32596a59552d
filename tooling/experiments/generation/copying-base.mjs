// The model that all cells of a task start from: dense, taught to copy pieces of the training sources.
import { Random } from '@hashee/core';
import { onnx } from '@hashee/runtime-onnx';
import { trainSequenceToSequence } from '@hashee/train';

/**
 * Pieces of sources, and what is to be copied of them: as often their start as another part.
 * @param {readonly { inputIds: Int32Array }[]} sources with a first and a last special token
 * @param {{ count: number, piece: readonly [least: number, most: number], copied: readonly [least: number, most: number], seed: number }} settings tokens without the special ones
 */
export function copyingExamples(sources, { count, piece, copied, seed }) {
  const random = Random.stream(seed, 0x636f7079);
  const between = (/** @type {readonly [number, number]} */ [least, most]) => least + random.below(most - least + 1);
  return Array.from({ length: count }, () => {
    const { inputIds } = sources[random.below(sources.length)];
    const [first, last] = [inputIds[0], inputIds[inputIds.length - 1]];
    const text = inputIds.subarray(1, inputIds.length - 1);
    const length = Math.min(text.length, between(piece));
    const at = random.below(text.length - length + 1);
    const shown = text.subarray(at, at + length);
    const wanted = Math.min(length, between(copied));
    const from = random.uniform() < 0.5 ? 0 : random.below(length - wanted + 1);
    return {
      inputIds: Int32Array.from([first, ...shown, last]),
      labels: Int32Array.from([...shown.subarray(from, from + wanted), last]),
    };
  });
}

/**
 * Trains it, or reads the finished one.
 * @param {import('@hashee/core').SequenceToSequenceCheckpoint} start
 * @param {readonly { inputIds: Int32Array }[]} sources
 * @param {import('./cells.mjs').TaskSettings['base']} settings
 * @param {{ directory: string, limit: number | undefined, signal: AbortSignal, progress: (text: string) => void }} run
 */
export async function copyingBase(start, sources, settings, { directory, limit, signal, progress }) {
  const { piece, copied, batchSize, learningRate } = settings;
  const updates = limit === undefined ? settings.updates : Math.min(settings.updates, limit);
  const trained = await trainSequenceToSequence({
    ...{ backend: onnx({ threads: 1 }), model: start, exitTable: null, decoderExitTable: null },
    trainSet: copyingExamples(sources, { count: updates * batchSize, piece, copied, seed: 1 }),
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
