import { join } from 'node:path';
import type { TokenBatch } from '@hashee/core';
import { answersOf } from './answers.js';
import type { Answer, OpenRow, OpenSettings, Row, RowDtype, WorkBatch } from './row.js';
import { peerSessionOptions } from './session-options.js';
import { openPool } from './worker-pool.js';

type GraphKind = 'dense' | 'padded';

/** File names in the peers' `onnx` folder; those of the dense graphs are what transformers.js looks for. */
export const GRAPH_FILES: Readonly<Record<GraphKind, Readonly<Record<RowDtype, string>>>> = {
  dense: { fp32: 'model.onnx', q8: 'model_quantized.onnx' },
  padded: { fp32: 'padded.onnx', q8: 'padded_quantized.onnx' },
};

const ABOUT: Readonly<Record<GraphKind, string>> = {
  dense: 'a plain graph in onnxruntime-node, optimised by ONNX Runtime itself',
  padded: 'HashEE as its authors compute it: rows padded, keys and values projected; a graph in onnxruntime-node',
};

/** One of the graphs of this app in plain onnxruntime-node. */
function graphRow(name: string, kind: GraphKind, dtype: RowDtype): Row {
  const row: Row = {
    ...{ name, dtype, about: ABOUT[kind], lastLayer: 'all' },
    computes: kind === 'dense' ? 'dense' : 'exits',
    refuses: () => undefined,
    open: (settings) =>
      settings.setting.workers === undefined ? openSession(settings, kind, dtype) : openPool(row, settings),
  };
  return row;
}

async function openSession(settings: OpenSettings, kind: GraphKind, dtype: RowDtype): Promise<OpenRow> {
  const { place, part, setting } = settings;
  const { loadModel } = await import('@hashee/checkpoint');
  const { collate } = await import('@hashee/core');
  const { InferenceSession } = await import('onnxruntime-node');
  const { denseFeeds, paddedFeeds } = await import('../graph/feeds.js');
  const { describeOnnx } = await import('@hashee/runtime-onnx');
  const { config, heads, tokenizer } = await loadModel(place.peers);
  const { labels } = heads[0];
  const path = join(place.peers, 'onnx', GRAPH_FILES[kind][dtype]);
  const session = await InferenceSession.create(path, peerSessionOptions(setting.threads));
  const makeFeeds = (batch: TokenBatch): ReturnType<typeof denseFeeds> =>
    kind === 'dense' ? denseFeeds(batch, config) : paddedFeeds(batch, config, place.table);
  const ready = new WeakMap<TokenBatch, ReturnType<typeof denseFeeds>>();
  const feedsOf = ({ texts, tokens }: WorkBatch): ReturnType<typeof denseFeeds> => {
    if (part === 'texts')
      return makeFeeds(collate(texts.map((text) => tokenizer.encode(text, { maxLength: config.maxLength }))));
    const feeds = ready.get(tokens) ?? makeFeeds(tokens);
    ready.set(tokens, feeds);
    return feeds;
  };
  const { package: library, version } = await describeOnnx();
  return {
    versions: { [library]: version },
    async run({ batches }) {
      const answers: Answer[] = [];
      for (const batch of batches) {
        const { logits } = await session.run(feedsOf(batch));
        answers.push(...answersOf(logits.data as Float32Array, labels));
      }
      return { answers };
    },
    dispose: () => session.release(),
  };
}

export const graphRows: readonly Row[] = [
  graphRow('onnxruntime-fp32', 'dense', 'fp32'),
  graphRow('onnxruntime-q8', 'dense', 'q8'),
  graphRow('padded-fp32', 'padded', 'fp32'),
  graphRow('padded-q8', 'padded', 'q8'),
];
