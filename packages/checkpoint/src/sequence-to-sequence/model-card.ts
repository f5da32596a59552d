import type { ExitTable, SequenceToSequenceConfig } from '@hashee/core';
import type { HasheeMetadata } from '../hashee/metadata.js';
import { describeTable, fenced, measurements, STORED, yaml } from '../save/model-card.js';
import type { SavedDtype } from '../save/model-to-save.js';

/** README.md of the folder of an encoder-decoder, in the form that the hub shows. */
export function sequenceToSequenceCard(
  {
    config,
    exitTable,
    decoderExitTable,
    metadata = {},
  }: {
    readonly config: SequenceToSequenceConfig;
    readonly exitTable?: ExitTable | undefined;
    readonly decoderExitTable?: ExitTable | undefined;
    readonly metadata?: HasheeMetadata | undefined;
  },
  dtype: SavedDtype,
): string {
  const { encoder, decoder, modelType } = config;
  const task = metadata.training?.['task'] === 'summarization' ? 'summarization' : 'text2text-generation';
  return [
    '---',
    'library_name: hashee',
    `pipeline_tag: ${task}`,
    'tags:',
    '- hashee',
    ...(exitTable || decoderExitTable ? ['- early-exit'] : []),
    ...(metadata.license ? [`license: ${yaml(metadata.license)}`] : []),
    ...(metadata.baseModel ? [`base_model: ${yaml(metadata.baseModel)}`] : []),
    '---',
    '',
    '# Model card',
    '',
    `A ${modelType} encoder-decoder that turns texts into texts: ${encoder.layers} encoder and ${decoder.layers} decoder layers, hidden size ${encoder.hiddenSize}, ${encoder.vocabSize} vocabulary entries, sources up to ${encoder.maxLength} tokens and outputs up to ${decoder.maxLength}. Weights are stored as ${STORED[dtype]}.`,
    '',
    '## Use',
    '',
    '```js',
    "import { loadSequenceToSequence } from '@hashee/checkpoint';",
    "import { generator } from '@hashee/generation';",
    "import { onnx } from '@hashee/runtime-onnx';",
    '',
    "const model = await loadSequenceToSequence('./this-folder');",
    'const rewrite = await generator(model, { backend: onnx() });',
    "console.log((await rewrite.generate('Some text.')).text);",
    '```',
    '',
    ...(exitTable ? [...describeTable(exitTable, dtype, 'encoder'), ''] : []),
    ...(decoderExitTable ? [...describeTable(decoderExitTable, dtype, 'decoder'), ''] : []),
    ...measurements('Quality', metadata.quality),
    ...measurements('Speed', metadata.speed),
    ...(metadata.training ? ['## Training', '', '```json', fenced(metadata.training), '```', ''] : []),
  ].join('\n');
}
