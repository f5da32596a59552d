// What the long-source experiment times: encoders on one batch, and whole generations.
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { layerSpeedup } from '@hashee/eval';
import { generator } from '@hashee/generation';
import { onnx } from '@hashee/runtime-onnx';
import { plainGraph } from './plain-graph.mjs';

/**
 * @typedef {object} EncoderContender
 * @property {string} name
 * @property {boolean} hasExits
 * @property {(batch: import('@hashee/core').TokenBatch) => Promise<void>} encode
 * @property {() => { layerSpeedup: number, countedSpeedup: number, attention: string } | undefined} facts of the last batch
 * @property {() => Promise<void>} dispose
 */

/**
 * Our encoder; dense without a table.
 * @param {string} name
 * @param {import('@hashee/core').EncoderConfig} config
 * @param {import('@hashee/core').WeightSource} weights
 * @param {{ table: import('@hashee/core').ExitTable | null, threads: number, dtype: string, signal?: AbortSignal }} options
 * @returns {Promise<EncoderContender>}
 */
export async function ownEncoder(name, config, weights, { table, threads, dtype, signal }) {
  const encoder = await onnx({ threads }).load({ config, heads: [], weights }, { dtype, exitTable: table, signal });
  /** @type {import('@hashee/core').Account | undefined} */
  let account;
  return {
    name,
    hasExits: table !== null,
    async encode(batch) {
      ({ account } = await encoder.forward(batch, { hidden: true, signal }));
    },
    facts: () =>
      account && {
        layerSpeedup: layerSpeedup(config.layers, account.exitLayers),
        countedSpeedup: account.denseMacs / account.macs,
        attention: account.attention.map((kind) => kind[0]).join(''),
      },
    dispose: () => encoder.dispose(),
  };
}

/**
 * A dense encoder as others export it, by ONNX Runtime itself. Sequences of a batch have one length.
 * @param {import('@hashee/core').EncoderConfig} config
 * @param {import('@hashee/core').WeightSource} weights
 * @param {number} threads
 * @returns {Promise<EncoderContender & { states(): Float32Array }>}
 */
export async function plainEncoder(config, weights, threads) {
  const ort = createRequire(import.meta.resolve('@hashee/runtime-onnx'))('onnxruntime-node');
  const location = weights.location?.('embeddings.word');
  if (!location) throw new TypeError('The weights must lie in a file.');
  const spinning = { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } };
  const session = await ort.InferenceSession.create(plainGraph(config, weights), {
    ...{ executionProviders: ['cpu'], graphOptimizationLevel: 'all', intraOpNumThreads: threads, interOpNumThreads: 1 },
    ...{ logSeverityLevel: 3 },
    extra: { session: { ...spinning, model_external_initializers_file_folder_path: dirname(location.path) } },
  });
  let states = new Float32Array(0);
  return {
    name: 'plain',
    hasExits: false,
    async encode({ inputIds, offsets }) {
      const B = offsets.length - 1;
      const dims = [B, inputIds.length / B];
      const ids = new ort.Tensor('int64', BigInt64Array.from(inputIds, BigInt), dims);
      const mask = new ort.Tensor('int64', new BigInt64Array(inputIds.length).fill(1n), dims);
      const { hidden } = await session.run({ input_ids: ids, attention_mask: mask });
      states = hidden.data;
    },
    states: () => states,
    facts: () => undefined,
    dispose: () => session.release(),
  };
}

/**
 * @typedef {object} GenerationContender
 * @property {(texts: readonly string[], options: { length: number, newTokens: number, numBeams: number }) => Promise<import('./report.mjs').GenerationTimes & { generatedTokens: number }>} run
 *   of texts of at least `length` tokens each, in one batch
 * @property {() => Promise<void>} dispose
 */

/**
 * Whole generations of so many new tokens a text, and the time in encoder and decoder.
 * @param {object} options
 * @param {import('@hashee/core').SequenceToSequenceConfig} options.config
 * @param {import('@hashee/core').WeightSource} options.weights
 * @param {import('@hashee/core').Tokenizer} options.tokenizer
 * @param {import('@hashee/core').ExitTable | null} options.table
 * @param {number} options.threads
 * @param {AbortSignal} [options.signal]
 * @returns {Promise<GenerationContender>}
 */
export async function ownGenerator({ config, weights, tokenizer, table, threads, signal }) {
  // Random weights choose entries that the tokenizer doesn't have; they have no text.
  const decode = (/** @type {ArrayLike<number>} */ ids) =>
    tokenizer.decode?.(Array.from(ids).filter((id) => id < tokenizer.vocabSize)) ?? '';
  const { vocabSize, specialIds, fingerprint } = tokenizer;
  /** @type {import('@hashee/core').Tokenizer} */
  const readable = {
    ...{ vocabSize, specialIds, fingerprint, decode },
    encode: (text, given) => tokenizer.encode(text, given),
    token: (id) => tokenizer.token(id),
  };
  const generate = await generator(
    { config, weights, tokenizer: readable },
    { backend: onnx({ threads }), exitTable: table, signal },
  );
  return {
    async run(texts, { length, newTokens, numBeams }) {
      const started = performance.now();
      const { summary } = await generate.run(texts, {
        ...{ numBeams, minNewTokens: newTokens, maxNewTokens: newTokens, maxSourceLength: length },
        ...{ batchSize: texts.length, maxBatchTokens: texts.length * length, signal },
      });
      return {
        milliseconds: performance.now() - started,
        encoderMilliseconds: summary.encoder.milliseconds,
        decoderMilliseconds: summary.decoder.milliseconds,
        generatedTokens: summary.generatedTokens,
      };
    },
    dispose: () => generate.dispose(),
  };
}
