// Weights with which an encoder-decoder made from nothing begins to read: so few examples never teach it to look at its source.
import { DECODER_POSITIONS, MemoryWeights, Random, VOCABULARY_WEIGHT, WORD_TABLE } from '@hashee/core';

/** @typedef {import('@hashee/core').SequenceToSequenceCheckpoint} Model */

/** Frequencies of the position table, from a turn of half a circle a token down to a 400th of it. */
const FREQUENCIES = 24;
const POSITION_AMPLITUDE = 0.06;

/**
 * For a random encoder: what is called an induction head (Olsson et al. 2022, "In-context learning and induction heads"), put in as
 * weights. Positions are sines and cosines of their own dimensions; one head of the encoder's first layer looks at the token before
 * and writes a projection of it into the state; the attention of the decoder's first layer asks by the same projection of the token
 * written last and so finds what follows it in the source, whose state it passes on.
 * @param {Model} model of random weights
 * @param {Random} random
 * @returns {Promise<Model>}
 */
export async function inductionStart(model, random) {
  const tensors = await copyOf(model.weights);
  const { encoder, decoder } = model.config;
  const [H, D, firstFree] = [encoder.hiddenSize, encoder.headSize, 2 * FREQUENCIES];
  if (D / 2 > FREQUENCIES || firstFree >= H)
    throw new RangeError(`A head of ${D} and a state of ${H} don't fit ${FREQUENCIES} frequencies.`);
  for (const [name, offset] of /** @type {const} */ ([
    ['embeddings.position', encoder.positionOffset],
    [DECODER_POSITIONS, decoder.positionOffset],
  ]))
    putPositions(data(tensors, name), H, offset);

  lookBack(data(tensors, 'layers.1.query.weight'), data(tensors, 'layers.1.key.weight'), H, D);
  const projection = Array.from({ length: D }, () =>
    Float32Array.from({ length: H }, (_, i) => (i < firstFree ? 0 : random.normal() / Math.sqrt(H - firstFree))),
  );
  const place = Array.from({ length: D }, () => Float32Array.from({ length: H }, () => random.normal() / Math.sqrt(H)));
  const [value, output] = ['value', 'output'].map((part) => data(tensors, `layers.1.${part}.weight`));
  const cross = 'decoder.layers.1.cross';
  const [query, key] = ['query', 'key'].map((part) => data(tensors, `${cross}.${part}.weight`));
  for (let row = 0; row < D; row++)
    for (let i = 0; i < H; i++) {
      value[row * H + i] = 1.5 * projection[row][i];
      output[i * H + row] = 1.5 * place[row][i];
      for (let from = row; from < decoder.heads * D; from += D) {
        query[from * H + i] += 2.25 * projection[row][i];
        key[from * H + i] += 1.5 * place[row][i];
      }
    }
  addDiagonal(data(tensors, `${cross}.value.weight`), H, 1);
  addDiagonal(data(tensors, `${cross}.output.weight`), H, 2);
  return withTensors(model, tensors);
}

/** @param {number} index of a frequency */
const frequency = (index) => Math.PI * 400 ** (-index / (FREQUENCIES - 1));

/** @param {Float32Array} table [offset + positions, H] @param {number} H @param {number} offset */
function putPositions(table, H, offset) {
  table.fill(0);
  for (let row = offset; row < table.length / H; row++)
    for (let index = 0; index < FREQUENCIES; index++) {
      const angle = frequency(index) * (row - offset);
      table[row * H + index] = POSITION_AMPLITUDE * Math.sin(angle);
      table[row * H + FREQUENCIES + index] = POSITION_AMPLITUDE * Math.cos(angle);
    }
}

/**
 * The first head asks for the position before its own: the position's sines and cosines, turned by one token.
 * @param {Float32Array} query [A·D, H] @param {Float32Array} key [A·D, H] @param {number} H @param {number} D
 */
function lookBack(query, key, H, D) {
  const sharpness = 1.5;
  for (const matrix of [query, key]) matrix.fill(0, 0, D * H);
  for (let index = 0; index < D / 2; index++) {
    const [cos, sin] = [Math.cos(frequency(index)), Math.sin(frequency(index))];
    const [sineRow, cosineRow] = [index * H, (D / 2 + index) * H];
    query[sineRow + index] = sharpness * cos;
    query[sineRow + FREQUENCIES + index] = -sharpness * sin;
    query[cosineRow + FREQUENCIES + index] = sharpness * cos;
    query[cosineRow + index] = sharpness * sin;
    key[sineRow + index] = sharpness;
    key[cosineRow + FREQUENCIES + index] = sharpness;
  }
}

/** @typedef {Map<string, { shape: readonly number[], data: Float32Array }>} Tensors */

/** @param {Tensors} tensors @param {string} name */
function data(tensors, name) {
  const tensor = tensors.get(name);
  if (!tensor) throw new RangeError(`The model has no tensor ${name}.`);
  return tensor.data;
}

/** @param {import('@hashee/core').WeightSource} weights @returns {Promise<Tensors>} */
async function copyOf(weights) {
  /** @type {Tensors} */
  const tensors = new Map();
  for (const name of weights.names())
    if (name !== VOCABULARY_WEIGHT) {
      const values = await weights.read(name);
      tensors.set(name, { shape: weights.shape(name), data: Float32Array.from(values) });
    }
  return tensors;
}

/** The vocabulary's matrix stays the word table. @param {Model} model @param {Tensors} tensors */
function withTensors(model, tensors) {
  const words = tensors.get(WORD_TABLE);
  if (words) tensors.set(VOCABULARY_WEIGHT, words);
  return { ...model, weights: new MemoryWeights(tensors) };
}

/** @param {Float32Array} matrix [H, H] @param {number} H @param {number} value */
function addDiagonal(matrix, H, value) {
  for (let i = 0; i < H; i++) matrix[i * H + i] += value;
}
