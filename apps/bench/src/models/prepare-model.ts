import { createHash } from 'node:crypto';
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadModel, type Model, saveModel } from '@hashee/checkpoint';
import { HasheeError, type HeadConfig } from '@hashee/core';
import { directory as defaultModel } from '@hashee/model-sst2';
import { denseGraph } from '../graph/dense-graph.js';
import { paddedGraph } from '../graph/padded-graph.js';
import { writeWeightFile } from '../graph/weight-file.js';
import { GRAPH_FILES } from '../rows/graph-rows.js';
import { BERT_BASE, randomBert, type SourceModel } from './random-bert.js';

export const SHAPES = ['default', 'bert-base'] as const;
export type ShapeName = (typeof SHAPES)[number];

/** Changes when what lies in the cache changes. */
const CACHE_VERSION = 1;

export interface PreparedModel {
  readonly name: string;
  readonly model: Model;
  readonly head: HeadConfig;
  /** Folder with the same weights in float32, and the peers' graphs. */
  readonly peers: string;
}

export interface PrepareOptions {
  /** Folder that keeps what is made. */
  readonly cache: string;
  /** A folder in place of the shapes. */
  readonly model?: string | undefined;
  readonly shape: ShapeName;
  /** Of random weights. */
  readonly seed: number;
  /** Told before something that takes its time. */
  readonly onStep?: ((what: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A model, and beside it, made once and kept, the folder of the same weights for the peers. */
export async function prepareModel(options: PrepareOptions): Promise<PreparedModel> {
  const { cache, shape, seed, onStep, signal } = options;
  await mkdir(cache, { recursive: true });
  if (shape === 'bert-base' && options.model === undefined) {
    const base = await loadModel(defaultModel, { signal });
    const peers = join(cache, `bert-base-${seed}-v${CACHE_VERSION}`);
    await makeOnce(peers, async () => {
      onStep?.('Making a BERT-base with random weights');
      const random = randomBert(base, BERT_BASE, seed);
      await savePeers(peers, random, random.heads[0], signal);
    });
    const model = await loadModel(peers, { signal });
    return { name: `bert-base, random weights ${seed}`, model, head: mainHead(model), peers };
  }
  const directory = options.model ?? defaultModel;
  const model = await loadModel(directory, { signal });
  const head = mainHead(model);
  const name = options.model === undefined ? 'default' : 'model';
  const peers = join(cache, `${name}-${await digest(model.directory)}-v${CACHE_VERSION}`);
  await makeOnce(peers, async () => {
    onStep?.("Writing the peers' files");
    await savePeers(peers, model, head, signal);
  });
  return { name: options.model === undefined ? 'default' : 'model', model, head, peers };
}

function mainHead({ heads }: Model): HeadConfig {
  const head = heads.find(({ name }) => name === 'main');
  if (head?.task === 'sequence-classification') return head;
  throw new HasheeError(
    'UNSUPPORTED',
    'The peers are compared on text classification: the model needs a head "main" for it.',
    { fields: { heads: heads.map(({ name, task }) => `${name}: ${task}`) } },
  );
}

async function makeOnce(folder: string, make: () => Promise<void>): Promise<void> {
  const present = await access(join(folder, 'config.json')).then(
    () => true,
    () => false,
  );
  if (!present) await make();
}

/** Content of the weights: a model that was trained anew gets a folder of its own. */
async function digest(directory: string): Promise<string> {
  const hash = createHash('sha256');
  for (const file of ['model.safetensors', 'config.json', 'tokenizer.json'])
    hash.update(await readFile(join(directory, file)).catch(() => ''));
  return hash.digest('hex').slice(0, 12);
}

/** A transformers folder in float32 with the graphs in `onnx/`; it appears whole or not at all. */
async function savePeers(
  folder: string,
  model: SourceModel,
  head: HeadConfig,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { config, heads, weights } = model;
  const { quantization_config: _stored, ...huggingFaceConfig } = model.huggingFaceConfig;
  const files = Object.values(GRAPH_FILES.dense);
  const external = { use_external_data_format: Object.fromEntries(files.map((file) => [file, 1])) };
  await saveModel(
    folder,
    {
      base: { ...model, huggingFaceConfig: { ...huggingFaceConfig, 'transformers.js_config': external } },
      ...{ config, heads, weights },
      dtype: 'fp32',
    },
    { signal, also: (beside) => writeGraphs(join(beside, 'onnx'), model, head) },
  );
}

async function writeGraphs(folder: string, { config, weights }: SourceModel, head: HeadConfig): Promise<void> {
  await mkdir(folder);
  for (const dtype of ['fp32', 'q8'] as const) {
    const path = join(folder, GRAPH_FILES.dense[dtype]);
    const file = await writeWeightFile(`${path}_data`, { config, head, weights }, dtype);
    await writeFile(path, denseGraph(config, head, file));
    await writeFile(join(folder, GRAPH_FILES.padded[dtype]), paddedGraph(config, head, file));
  }
}
