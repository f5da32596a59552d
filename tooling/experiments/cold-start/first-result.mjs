// The task of a fresh process: from nothing to the first answer of the default model, with the time of each step.

/** @param {string} name @param {{ name: string, milliseconds: number, cpu: number, peakMegabytes: number }[]} steps */
function mark(name, steps) {
  const { user, system } = process.cpuUsage();
  const { maxRSS } = process.resourceUsage();
  // Both count from the start of the process: Node's own start is the first step.
  steps.push({ name, milliseconds: performance.now(), cpu: (user + system) / 1000, peakMegabytes: maxRSS / 1024 });
}

/** @type {{ name: string, milliseconds: number, cpu: number, peakMegabytes: number }[]} */
const steps = [];
mark('node', steps);
const { loadModel } = await import('@hashee/checkpoint');
const { pipeline } = await import('@hashee/pipeline');
const { onnx } = await import('@hashee/runtime-onnx');
const { directory } = await import('@hashee/model-sst2');
mark('import', steps);
const model = await loadModel(directory);
mark('read model and tokenizer', steps);
const [dtype = 'fp32', threads = '1'] = process.argv.slice(2);
const classify = await pipeline('text-classification', model, { backend: onnx({ threads: Number(threads) }), dtype });
mark('restore weights', steps);
await classify('A gripping, funny film.');
mark('first result', steps);
await classify('A dull and lifeless mess.');
mark('second result', steps);
process.stdout.write(JSON.stringify(steps));
await classify.dispose();
