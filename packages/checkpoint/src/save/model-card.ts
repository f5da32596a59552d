import type { EncoderConfig, ExitTable, HeadConfig } from '@hashee/core';
import type { HasheeMetadata, Measurement } from '../hashee/metadata.js';
import type { SavedDtype } from './model-to-save.js';

/** How weights are stored, in words. */
export const STORED: Readonly<Record<SavedDtype, string>> = {
  fp32: '32-bit floats',
  fp16: '16-bit floats',
  q8: '8-bit integers with one scale for each row of a matrix, restored to floats when loaded',
};

/** README.md of a model folder, in the form that the hub shows: front matter, then what the model is and how to run it. */
export function modelCard(
  {
    config,
    heads,
    exitTable,
    metadata = {},
  }: {
    readonly config: EncoderConfig;
    readonly heads: readonly HeadConfig[];
    readonly exitTable?: ExitTable | undefined;
    readonly metadata?: HasheeMetadata | undefined;
  },
  dtype: SavedDtype,
): string {
  const main = heads.find(({ name }) => name === 'main') ?? heads[0];
  const task = main && (main.task === 'token-classification' ? 'token-classification' : 'text-classification');
  return [
    '---',
    'library_name: hashee',
    ...(task ? [`pipeline_tag: ${task}`] : []),
    'tags:',
    '- hashee',
    ...(exitTable ? ['- early-exit'] : []),
    ...(metadata.license ? [`license: ${yaml(metadata.license)}`] : []),
    ...(metadata.baseModel ? [`base_model: ${yaml(metadata.baseModel)}`] : []),
    '---',
    '',
    '# Model card',
    '',
    describe(config, dtype),
    '',
    ...(main && task ? [...describeHead(main), '', ...usage(task), ''] : []),
    ...(exitTable ? [...describeTable(exitTable, dtype), ''] : []),
    ...measurements('Quality', metadata.quality),
    ...measurements('Speed', metadata.speed),
    ...(metadata.training ? ['## Training', '', '```json', fenced(metadata.training), '```', ''] : []),
  ].join('\n');
}

function describe(config: EncoderConfig, dtype: SavedDtype): string {
  const { modelType, layers, hiddenSize, vocabSize, maxLength } = config;
  return `A ${modelType} encoder: ${layers} layers, hidden size ${hiddenSize}, ${vocabSize} vocabulary entries, up to ${maxLength} tokens. Weights are stored as ${STORED[dtype]}.`;
}

function describeHead({ task, labels }: HeadConfig): string[] {
  if (task === 'regression') return ['It answers a text, or a pair of texts, with a number.'];
  const what = task === 'token-classification' ? 'each word of a text' : 'a text, or a pair of texts';
  return [`It gives ${what} one of ${labels.length} labels: ${labels.slice(0, 50).map(plain).join(', ')}.`];
}

function usage(task: string): string[] {
  return [
    '## Use',
    '',
    '```js',
    "import { loadModel } from '@hashee/checkpoint';",
    "import { pipeline } from '@hashee/pipeline';",
    "import { onnx } from '@hashee/runtime-onnx';",
    '',
    "const model = await loadModel('./this-folder');",
    `const classify = await pipeline('${task}', model, { backend: onnx() });`,
    "console.log(await classify('Some text.'));",
    '```',
  ];
}

/** @param of where a model has more than one table: whose layers it is for */
export function describeTable(
  { layers, exitLayer, hash }: ExitTable,
  dtype: SavedDtype,
  of?: 'encoder' | 'decoder',
): string[] {
  const counts = new Array<number>(layers).fill(0);
  for (const layer of exitLayer) counts[layer - 1]++;
  const elsewhere =
    dtype === 'q8'
      ? 'transformers refuses this folder, as its weights are 8-bit; export it for other programs.'
      : 'Other programs that read this folder ignore the table and run all layers, with other results.';
  return [
    of ? `## Exits of the ${of}` : '## Exits',
    '',
    `Every token of the vocabulary leaves ${of ? `the ${of} ` : ''}at a layer of its own, chosen by the hash ${plain(hash.name)}; later layers still see it. ${elsewhere}`,
    '',
    '| layer | vocabulary entries that exit after it |',
    '| --- | --- |',
    ...counts.map((count, index) => `| ${index + 1} | ${count} |`),
  ];
}

export function measurements(title: string, values: readonly Measurement[] | undefined): string[] {
  if (!values || values.length === 0) return [];
  return [
    `## ${title}`,
    '',
    '| | value | dense model | on | conditions |',
    '| --- | --- | --- | --- | --- |',
    ...values.map(({ name, value, dense, dataset, split, conditions }) => {
      const where = [dataset, split].filter((part) => part !== undefined).join(' ');
      const how = Object.entries(conditions ?? {}).map(([key, each]) => `${key}: ${JSON.stringify(each)}`);
      return `| ${[name, value, dense ?? '', where, how.join(', ')].map((cell) => plain(String(cell))).join(' | ')} |`;
    }),
    '',
  ];
}

/** Keeps text from foreign files from becoming markup. */
function plain(text: string): string {
  return text.replace(/[\r\n]+/g, ' ').replace(/[\\`*_{}[\]<>|#]/g, '\\$&');
}

export function yaml(text: string): string {
  return JSON.stringify(text);
}

/** JSON that can't close its fence. */
export function fenced(value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll('```', "'''");
}
