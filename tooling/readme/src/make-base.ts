// Arguments: a model folder to take the tokenizer from, and the one to write: an encoder with random weights, of four layers and
// for 32 tokens unless other numbers follow.
import { loadModel, saveModel } from '@hashee/checkpoint';
import { tinyCheckpoint, tinyHead } from '@hashee/core/testing';

const like = await loadModel(process.argv[2]);
const { vocabSize } = like.config;
const [layers = 4, maxLength = 32] = process.argv.slice(4).map(Number);
const head = { ...tinyHead('sequence-classification', layers), labels: ['negative', 'positive'] };
const checkpoint = tinyCheckpoint({
  config: { vocabSize, layers, heads: new Array<number>(layers).fill(3), maxLength },
  heads: [head],
});
await saveModel(process.argv[3], { ...checkpoint, base: like });
