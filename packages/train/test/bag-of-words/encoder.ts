import {
  type Checkpoint,
  denseMacs,
  type Encoder,
  exitLayersOf,
  HasheeError,
  headMacs,
  type Output,
  sequenceMacs,
  type TokenBatch,
  throwIfAborted,
  validateBatch,
} from '@hashee/core';
import { classify, features, type Parameters, rowsOf, WORDS } from './model.js';

/** Answers with the parameters as they are when it is asked. */
export function bagOfWordsEncoder(checkpoint: Checkpoint, parameters: Parameters): Encoder {
  const { config, heads, exitTable } = checkpoint;
  const [head] = heads;
  let disposed = false;
  const forward = async (batch: TokenBatch, options: { signal?: AbortSignal | undefined } = {}): Promise<Output> => {
    if (disposed) throw new HasheeError('DISPOSED', 'The encoder was disposed of.');
    throwIfAborted(options.signal, 'The forward pass');
    validateBatch(batch, config);
    const rows = rowsOf(batch, head.task);
    const mean = features(batch, rows, parameters.get(WORDS)!.data, config.hiddenSize);
    const exitLayers = exitLayersOf(batch, config.layers, exitTable);
    const lengths = Array.from(batch.offsets.subarray(1), (end, b) => [batch.offsets[b], end]);
    const ofHead = headMacs(config, head, rows.length);
    return {
      logits: Float32Array.from(classify(mean, config.hiddenSize, head, parameters)),
      labels: head.labels.length,
      account: {
        runtime: 'bag-of-words',
        device: 'cpu',
        dtype: 'fp32',
        exitLayers,
        activeTokens: [1, 2].map((layer) => exitLayers.filter((exit) => exit >= layer).length),
        attention: ['none', 'none'],
        macs: lengths.reduce((sum, [from, to]) => sum + sequenceMacs(config, exitLayers.subarray(from, to)), ofHead),
        denseMacs: lengths.reduce((sum, [from, to]) => sum + denseMacs(config, to - from), ofHead),
        milliseconds: 0,
      },
    };
  };
  return {
    config,
    head,
    heads,
    exitTable,
    dtype: 'fp32',
    forward,
    begin: async () => {
      throw new HasheeError('UNSUPPORTED', 'A bag of words has no layers to go through step by step.');
    },
    dispose: async () => {
      disposed = true;
    },
  };
}
