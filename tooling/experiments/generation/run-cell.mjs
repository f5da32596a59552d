// One model: trained, then judged by what it generates on dev.
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { meanRouge } from '@hashee/eval';
import { generator } from '@hashee/generation';
import { onnx } from '@hashee/runtime-onnx';
import { likelihood, trainSequenceToSequence } from '@hashee/train';
import { METHODS, recipeOf } from './cells.mjs';
import { resultFile, storedResult } from './stored-result.mjs';

/** Examples whose outputs are kept for the report. */
const SHOWN = 3;

/**
 * @param {ReturnType<typeof import('./cells.mjs').planCells>[number]} cell
 * @param {Awaited<ReturnType<typeof import('./prepare-task.mjs').prepareTask>>} task
 * @param {{ work: string, limit: number | undefined, signal: AbortSignal, progress: (text: string) => void }} run
 */
export async function runCell(cell, task, { work, limit, signal, progress }) {
  const stored = storedResult(cell, { work, limit });
  if (stored) return stored;
  const { name, method, seed, task: taskName } = cell;
  const folder = join(work, name);
  const file = resultFile(work, name);
  mkdirSync(folder, { recursive: true });
  const { settings, devSet } = task;
  const backend = onnx({ threads: 1 });
  const { from = 'base', tuned = true, speedup, decoder } = METHODS[method];
  const start =
    from !== 'base'
      ? await task.newModel(from)
      : await task.baseModel({ directory: join(work, `${taskName}-base`, 'run'), signal, progress });
  const exitTable = speedup === undefined ? null : await task.encoderTable(start.config, speedup);
  const decoderExitTable = decoder ? await task.decoderTable(start.config) : null;
  const { epochs, batchSize, learningRate } = settings;
  const cpu = process.cpuUsage();
  let whole = true;
  const trained = !tuned
    ? undefined
    : await trainSequenceToSequence({
        ...{ backend, model: start, trainSet: task.trainSet, exitTable, decoderExitTable, seed, signal },
        ...{ epochs, batchSize, learningRate },
        dev: likelihood(devSet),
        directory: join(folder, 'run'),
        checkpointEvery: 40,
        onEvent: (event) => {
          if (event.type === 'start') whole = event.resumedFrom === 0;
          if (event.type === 'step' && event.step % 10 === 0)
            progress(
              `${name} update ${event.step}/${event.steps} loss ${event.loss.toFixed(3)} left ${Math.round(event.remainingSeconds)} s`,
            );
          if (event.type === 'evaluation')
            progress(`${name} epoch ${event.epoch} ${JSON.stringify(event.metrics)} ${Math.round(event.seconds)} s`);
        },
      });
  const model = trained?.model ?? { ...start, ...(exitTable ? { exitTable } : {}) };
  const likelihoods = await likelihoodsOf(model, devSet, backend, signal);
  const generate = await generator({ ...model, tokenizer: task.tokenizer }, { backend, signal });
  const { results, summary } = await generate.run(task.sources, {
    ...{ batchSize: 16, maxSourceLength: settings.sourceTokens, signal },
    ...{ maxNewTokens: settings.targetTokens, noRepeatNgramSize: 3 },
  });
  await generate.dispose();
  const predictions = results.map(({ text }) => text);
  const scores = meanRouge(predictions, task.references, { tokenize: task.tokenize });
  const { user, system } = process.cpuUsage(cpu);
  const result = {
    ...{ name, task: taskName, method, seed, asked: speedup ?? 1, recipe: recipeOf(cell, limit) },
    rouge: Object.fromEntries(Object.entries(scores).map(([kind, { f1 }]) => [kind, 100 * f1])),
    ...likelihoods,
    best: { epoch: trained?.best.epoch ?? 0, of: trained ? epochs : 0 },
    texts: summary.texts,
    generatedTokens: summary.generatedTokens,
    encoder: summary.encoder,
    decoder: summary.decoder,
    countedSpeedup: summary.countedSpeedup,
    ...(decoderExitTable ? { decoderExits: describe(decoderExitTable) } : {}),
    ...(trained ? { seconds: trained.seconds } : {}),
    // Of a run that was interrupted the earlier parts aren't known.
    ...(trained && whole ? { cpuSeconds: (user + system) / 1e6 } : {}),
    examples: predictions.slice(0, SHOWN).map((text, i) => ({ text, reference: task.references[i] })),
  };
  writeFileSync(`${file}.part`, `${JSON.stringify(result, null, 2)}\n`);
  renameSync(`${file}.part`, file);
  // The models aren't kept, for their size; the others still start from the base.
  if (trained) rmSync(join(folder, 'run'), { recursive: true, force: true });
  return result;
}

/**
 * How likely it finds the outputs of dev, and how much less so when each is given another text: does it read what it summarises?
 * @param {import('@hashee/core').SequenceToSequenceCheckpoint} model
 * @param {readonly import('@hashee/core').SequenceToSequenceExample[]} devSet
 * @param {import('@hashee/core').Backend} backend
 * @param {AbortSignal} signal
 */
async function likelihoodsOf(model, devSet, backend, signal) {
  const loaded = await backend.loadSequenceToSequence?.(model, { signal });
  if (!loaded) throw new TypeError('The runtime has no encoder-decoders.');
  const others = devSet.map((example, i) => ({ ...example, inputIds: devSet[(i + 1) % devSet.length].inputIds }));
  try {
    const own = await likelihood(devSet).evaluate(loaded, { signal });
    const { metrics } = await likelihood(others).evaluate(loaded, { signal });
    return {
      likelihood: own.metrics,
      worthOfSource: own.metrics['logLikelihood'] - metrics['logLikelihood'],
    };
  } finally {
    await loaded.dispose();
  }
}

/** @param {import('@hashee/core').ExitTable} table */
function describe({ layers, exitLayer }) {
  return { layers, types: Array.from({ length: layers }, (_, i) => exitLayer.filter((exit) => exit === i + 1).length) };
}
