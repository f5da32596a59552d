// One model: trained, then judged by what it generates on dev.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { meanRouge } from '@hashee/eval';
import { generator } from '@hashee/generation';
import { onnx } from '@hashee/runtime-onnx';
import { likelihood, trainSequenceToSequence } from '@hashee/train';
import { METHODS } from './cells.mjs';

/** Examples whose outputs are kept for the report. */
const SHOWN = 3;

/**
 * @param {ReturnType<typeof import('./cells.mjs').planCells>[number]} cell
 * @param {Awaited<ReturnType<typeof import('./prepare-task.mjs').prepareTask>>} task
 * @param {{ work: string, signal: AbortSignal, progress: (text: string) => void }} run
 */
export async function runCell({ name, method, seed, task: taskName }, task, { work, signal, progress }) {
  const folder = join(work, name);
  const file = join(folder, 'result.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  mkdirSync(folder, { recursive: true });
  const { settings, devSet } = task;
  const backend = onnx({ threads: 1 });
  const started = await task.newModel(seed);
  const { speedup, decoder } = METHODS[method];
  const exitTable = speedup === undefined ? null : await task.encoderTable(started.config, speedup);
  const decoderExitTable = decoder ? await task.decoderTable(started.config) : null;
  const { epochs, batchSize, learningRate } = settings;
  const cpu = process.cpuUsage();
  let whole = true;
  const trained = await trainSequenceToSequence({
    ...{ backend, model: started, trainSet: task.trainSet, exitTable, decoderExitTable, seed, signal },
    ...{ epochs, batchSize, learningRate },
    dev: likelihood(devSet),
    directory: join(folder, 'run'),
    checkpointEvery: 20,
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
  const worth = await worthOfSource(trained, task, backend, signal);
  const generate = await generator({ ...trained.model, tokenizer: task.tokenizer }, { backend, signal });
  const { results, summary } = await generate.run(task.sources, {
    ...{ batchSize: 16, maxSourceLength: settings.sourceTokens, signal },
    ...{ maxNewTokens: settings.targetTokens, noRepeatNgramSize: 3 },
  });
  await generate.dispose();
  const predictions = results.map(({ text }) => text);
  const scores = meanRouge(predictions, task.references, { tokenize: task.tokenize });
  const { user, system } = process.cpuUsage(cpu);
  const result = {
    ...{ name, task: taskName, method, seed, asked: speedup ?? 1 },
    rouge: Object.fromEntries(Object.entries(scores).map(([kind, { f1 }]) => [kind, 100 * f1])),
    likelihood: trained.best.metrics,
    worthOfSource: worth,
    best: { epoch: trained.best.epoch, of: epochs },
    texts: summary.texts,
    generatedTokens: summary.generatedTokens,
    encoder: summary.encoder,
    decoder: summary.decoder,
    countedSpeedup: summary.countedSpeedup,
    ...(decoderExitTable ? { decoderExits: describe(decoderExitTable) } : {}),
    seconds: trained.seconds,
    // Of a run that was interrupted the earlier parts aren't known.
    ...(whole ? { cpuSeconds: (user + system) / 1e6 } : {}),
    examples: predictions.slice(0, SHOWN).map((text, i) => ({ text, reference: task.references[i] })),
  };
  writeFileSync(`${file}.part`, `${JSON.stringify(result, null, 2)}\n`);
  renameSync(`${file}.part`, file);
  // The model itself isn't kept: all of them are large and none is good.
  rmSync(join(folder, 'run'), { recursive: true, force: true });
  return result;
}

/**
 * Does the model read what it summarises? How much less likely it finds the outputs of dev when each is given another text.
 * @param {import('@hashee/train').SequenceToSequenceTrainResult} trained
 * @param {Parameters<typeof runCell>[1]} task
 * @param {import('@hashee/core').Backend} backend
 * @param {AbortSignal} signal
 */
async function worthOfSource({ model, best }, { devSet }, backend, signal) {
  const loaded = await backend.loadSequenceToSequence?.(model, { signal });
  if (!loaded) throw new TypeError('The runtime has no encoder-decoders.');
  const others = devSet.map((example, i) => ({ ...example, inputIds: devSet[(i + 1) % devSet.length].inputIds }));
  const { metrics } = await likelihood(others).evaluate(loaded, { signal });
  await loaded.dispose();
  return best.metrics['logLikelihood'] - metrics['logLikelihood'];
}

/** @param {import('@hashee/core').ExitTable} table */
function describe({ layers, exitLayer }) {
  return { layers, types: Array.from({ length: layers }, (_, i) => exitLayer.filter((exit) => exit === i + 1).length) };
}
