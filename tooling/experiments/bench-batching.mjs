// What the pipeline's own batches cost against fixed ones, what worker threads gain, and how much memory a long file takes.
import { parseArgs } from 'node:util';
import { loadModel } from '@hashee/checkpoint';
import { interleave, loadSplit } from '@hashee/eval';
import { directory } from '@hashee/model-sst2';
import { pipeline } from '@hashee/pipeline';
import { onnx } from '@hashee/runtime-onnx';
import { onnxWorkers } from '@hashee/runtime-onnx/workers';

const { values } = parseArgs({
  options: {
    task: { type: 'string', default: 'sst-2' },
    data: { type: 'string', default: process.env['HASHEE_DATA'] ?? '../shared/data' },
    dtype: { type: 'string', default: 'fp32' },
    limit: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '5' },
    sizes: { type: 'string', default: '8,16,32,64,128' },
    workers: { type: 'string', default: '2' },
    lines: { type: 'string' },
    // Of each line, so that a long file doesn't take all day: memory depends on the number of lines.
    words: { type: 'string' },
  },
});
const { dtype } = values;
const model = await loadModel(directory);
const data = await loadSplit(values.task, 'dev', { directory: values.data });
const texts = data.examples.map(({ text }) => text).filter((text) => String(text).trim() !== '');
const sample = texts.slice(0, Number(values.limit));

/** @param {typeof texts[number]} text */
const shortened = (text) =>
  values.words === undefined ? text : String(text).split(' ').slice(0, Number(values.words)).join(' ');

const megabytes = () => Math.round(process.memoryUsage().rss / 2 ** 20);
const onThreads = onnxWorkers({ workers: Number(values.workers) });

if (values.lines !== undefined) {
  const lines = Number(values.lines);
  const classify = await pipeline('text-classification', model, { backend: onThreads, dtype });
  function* file() {
    for (let i = 0; i < lines; i++) yield shortened(texts[i % texts.length]);
  }
  const started = performance.now();
  let answers = 0;
  let peak = 0;
  for await (const { label } of classify.stream(file())) {
    if (label !== undefined && ++answers % 10_000 === 0) peak = Math.max(peak, megabytes());
    if (answers % Math.ceil(lines / 20) === 0)
      console.log(
        `${answers} answers, ${megabytes()} MB, ${Math.round((1000 * answers) / (performance.now() - started))}/s`,
      );
  }
  console.log(`${answers} of ${lines} answered, peak ${peak} MB`);
  await classify.dispose();
} else {
  const here = await pipeline('text-classification', model, { backend: onnx({ threads: 1 }), dtype });
  const elsewhere = await pipeline('text-classification', model, { backend: onThreads, dtype });
  /** @param {typeof here} classify @param {object} [options] */
  const run = (classify, options) => async () => void (await classify(sample, options));
  const contenders = [
    { name: 'one thread, as the pipeline cuts', run: run(here) },
    ...values.sizes.split(',').map((size) => ({
      name: `one thread, batches of ${size}`,
      run: run(here, { batchSize: Number(size), maxBatchTokens: 1 << 20 }),
    })),
    { name: `${values.workers} workers, as the pipeline cuts`, run: run(elsewhere) },
  ];
  const timings = await interleave(contenders, { rounds: Number(values.rounds), warmup: 2 });
  const best = Math.min(...timings.slice(0, -1).map(({ minimum }) => minimum));
  console.log(`${sample.length} texts of ${values.task}, ${dtype}`);
  console.table(
    timings.map(({ name, median, minimum, cpuMedian }) => ({
      name,
      'ms (median)': Math.round(median),
      'ms (least)': Math.round(minimum),
      'processor ms (median)': Math.round(cpuMedian),
      'texts/s (best round)': Math.round((1000 * sample.length) / minimum),
      'against the best fixed': (best / minimum).toFixed(2),
    })),
  );
  await here.dispose();
  await elsewhere.dispose();
}
