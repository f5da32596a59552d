// Texts of a task as a model takes them, and the model that its cells start from.
import { characterTokenizer, JsonTokenizer, loadModel, newSequenceToSequence } from '@hashee/checkpoint';
import { defineEncoderConfig, Random, validateExitTable } from '@hashee/core';
import { characterTokens, englishTokens, loadTask } from '@hashee/eval';
import { frequencyHash } from '@hashee/hash';
import { TASKS } from './cells.mjs';
import { copyingBase } from './copying-base.mjs';
import { inductionStart } from './induction-start.mjs';

/** Sources and targets of the experiment fill no more than so many tokens of a position table. */
const POSITIONS = 256;

/**
 * @param {keyof typeof TASKS} name
 * @param {{ data: string, pretrained: string, limit: number | undefined }} places
 */
export async function prepareTask(name, { data, pretrained, limit }) {
  const settings = TASKS[name];
  const { train, dev } = await loadTask(name, { directory: data });
  const base = settings.encoder === 'pretrained' ? await loadModel(pretrained) : undefined;
  const texts = train.examples.flatMap(({ source, target = '' }) => [source, target]);
  const tokenizer = base?.tokenizer ?? new JsonTokenizer(characterTokenizer(texts, { minimumCount: 2 }));
  const [padTokenId, startTokenId, endTokenId] = ['[PAD]', '[CLS]', '[SEP]'].map((piece) => idOf(tokenizer, piece));

  /** @param {import('@hashee/eval').GenerationExample} example */
  const encode = ({ source, target = '' }) => ({
    inputIds: tokenizer.encode(source, { maxLength: settings.sourceTokens }).inputIds,
    // Without [CLS], which the decoder is given first.
    labels: tokenizer.encode(target, { maxLength: settings.targetTokens + 1 }).inputIds.subarray(1),
  });
  const examples = limit === undefined ? train.examples : train.examples.slice(0, limit);
  const judged = limit === undefined ? dev.examples : dev.examples.slice(0, limit);
  const trainSet = examples.map(encode);
  const devSet = judged.map(encode);

  /** Not trained yet. @param {'random' | 'aligned'} crossAttention */
  const newModel = (crossAttention) =>
    newSequenceToSequence({
      encoder: base ?? { config: sizes(settings, tokenizer.vocabSize) },
      decoder: { ...settings.decoder, crossAttention },
      maxLength: POSITIONS,
      decoderStartTokenId: startTokenId,
      endTokenIds: [endTokenId],
      padTokenId,
      seed: 1,
    });

  /** Made once for all cells and seeds. @param {{ directory: string, signal: AbortSignal, progress: (text: string) => void }} run */
  const baseModel = async (run) => {
    const start =
      settings.base.start === 'aligned'
        ? await newModel('aligned')
        : await inductionStart(await newModel('random'), Random.stream(1, 1));
    return copyingBase(start, trainSet, settings.base, { ...run, limit });
  };

  /** @param {import('@hashee/core').SequenceToSequenceConfig} config @param {number} speedup */
  const encoderTable = (config, speedup) =>
    frequencyHash({
      ...{ layers: config.encoder.layers, tokenizer, config: config.encoder, target: { speedup } },
      ...{ train: trainSet, dev: devSet },
    });

  /** Half of what the decoder is given leaves after its first layer. @param {import('@hashee/core').SequenceToSequenceConfig} config */
  const decoderTable = async (config) => {
    const given = trainSet.map(({ labels }) => ({
      inputIds: [startTokenId, ...labels.subarray(0, labels.length - 1)],
    }));
    const table = await frequencyHash({
      ...{ layers: config.decoder.layers, tokenizer, target: { meanExitLayer: (config.decoder.layers + 1) / 2 } },
      train: given,
    });
    validateExitTable(table);
    return table;
  };

  return {
    ...{ settings, tokenizer, trainSet, devSet, newModel, baseModel, encoderTable, decoderTable },
    sources: judged.map(({ source }) => source),
    references: judged.map(({ target = '' }) => target),
    tokenize: name === 'csl' ? characterTokens : englishTokens,
  };
}

/** @param {import('./cells.mjs').TaskSettings} settings @param {number} vocabSize */
function sizes({ encoder }, vocabSize) {
  if (encoder === 'pretrained') throw new TypeError('A pretrained encoder has its sizes.');
  const { layers, hiddenSize, heads, intermediateSize } = encoder;
  return defineEncoderConfig({
    ...{ vocabSize, hiddenSize, layers, intermediateSize, headCount: heads, maxLength: POSITIONS },
  });
}

/** @param {import('@hashee/core').Tokenizer} tokenizer @param {string} piece */
function idOf(tokenizer, piece) {
  for (const id of tokenizer.specialIds) if (tokenizer.token(id) === piece) return id;
  throw new RangeError(`The tokenizer has no ${piece}.`);
}
