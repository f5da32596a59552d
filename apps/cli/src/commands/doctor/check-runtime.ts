import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import {
  type Checkpoint,
  collate,
  defineEncoderConfig,
  encoderTensors,
  HasheeError,
  headTensors,
  MemoryWeights,
  Random,
} from '@hashee/core';
import { duration } from '@hashee/terminal';
import type { Context } from '../../context.js';
import type { Finding } from './finding.js';

/** Runs a small model with and without exits, and compares: with exits at the last layer both must agree. */
export async function checkRuntime(context: Context, threads: number | undefined): Promise<Finding> {
  const name = 'Runtime';
  const version = await onnxRuntimeVersion();
  try {
    const backend = await context.createBackend({ threads });
    const started = performance.now();
    const checkpoint = smallCheckpoint();
    const { layers, vocabSize } = checkpoint.config;
    const table = (layer: number) => ({
      layers,
      exitLayer: new Uint8Array(vocabSize).fill(layer),
      hash: { name: 'uniform', parameters: {} },
    });
    const batch = collate([{ inputIds: [1, 7, 9, 2] }, { inputIds: [1, 2] }]);
    const answers: Float32Array[] = [];
    for (const exitTable of [null, table(layers)]) {
      const encoder = await backend.load(checkpoint, { exitTable, signal: context.signal });
      answers.push((await encoder.forward(batch, { signal: context.signal })).logits);
      await encoder.dispose();
    }
    const apart = Math.max(...answers[0].map((value, i) => Math.abs(value - answers[1][i])));
    if (!(apart < 1e-4))
      throw new HasheeError('RUNTIME', `The same model gave answers that are ${apart} apart.`, { fields: { apart } });
    const label = [backend.name, ...(version ? [`on onnxruntime-node ${version}`] : [])].join(' ');
    return { name, status: 'ok', text: `${label}: a test model ran in ${duration(performance.now() - started)}` };
  } catch (error) {
    if (context.signal.aborted) throw error;
    return {
      name,
      status: 'broken',
      text: error instanceof Error ? error.message : String(error),
      fix: HasheeError.isInstance(error, 'MISSING_DEPENDENCY')
        ? 'Run "npm install --ignore-scripts onnxruntime-node"; its install script downloads libraries that the CPU doesn\'t need.'
        : 'Run it again with --debug, and compare the platform with those that onnxruntime-node supports.',
    };
  }
}

/** The runtime is a dependency of the backend, so it is looked for from there. */
async function onnxRuntimeVersion(): Promise<string | undefined> {
  try {
    const backend = createRequire(import.meta.url).resolve('@hashee/runtime-onnx/package.json');
    const runtime = createRequire(backend).resolve('onnxruntime-node/package.json');
    return (JSON.parse(await readFile(runtime, 'utf8')) as { version: string }).version;
  } catch {
    return undefined;
  }
}

function smallCheckpoint(): Checkpoint {
  const config = defineEncoderConfig({ vocabSize: 16, hiddenSize: 32, layers: 2, headCount: 2, maxLength: 16 });
  const head = {
    name: 'main',
    task: 'sequence-classification',
    labels: ['a', 'b'],
    layer: 2,
    dense: 'tanh',
    dropout: 0,
  } as const;
  const random = new Random(1);
  const tensors = [...encoderTensors(config), ...headTensors(head, config.hiddenSize)];
  const weights = new MemoryWeights(
    tensors.map(([name, shape]) => {
      const size = shape.reduce((product, n) => product * n, 1);
      return [name, { shape, data: Float32Array.from({ length: size }, () => random.normal() / 4) }] as const;
    }),
  );
  return { config, heads: [head], weights };
}
