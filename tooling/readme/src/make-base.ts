// Started in the folder of a guide: writes the pretrained encoder `base`, four layers of random weights.
import { loadModel, saveModel } from '@hashee/checkpoint';
import { tinyCheckpoint, tinyHead } from '@hashee/core/testing';

const like = await loadModel(process.argv[2]);
const { vocabSize } = like.config;
const head = { ...tinyHead('sequence-classification', 4), labels: ['negative', 'positive'] };
const checkpoint = tinyCheckpoint({
  config: { vocabSize, layers: 4, heads: [3, 3, 3, 3], maxLength: 32 },
  heads: [head],
});
await saveModel('base', { ...checkpoint, base: like });
