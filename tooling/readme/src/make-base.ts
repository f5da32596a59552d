// Arguments: a model folder to take the tokenizer from, and the one to write: an encoder of four layers with random weights.
import { loadModel, saveModel } from '@hashee/checkpoint';
import { tinyCheckpoint, tinyHead } from '@hashee/core/testing';

const like = await loadModel(process.argv[2]);
const { vocabSize } = like.config;
const head = { ...tinyHead('sequence-classification', 4), labels: ['negative', 'positive'] };
const checkpoint = tinyCheckpoint({
  config: { vocabSize, layers: 4, heads: [3, 3, 3, 3], maxLength: 32 },
  heads: [head],
});
await saveModel(process.argv[3], { ...checkpoint, base: like });
