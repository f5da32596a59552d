import { readFileSync } from 'node:fs';
import {
  type Checkpoint,
  collate,
  defineEncoderConfig,
  type HeadConfig,
  MemoryWeights,
  type TokenBatch,
} from '@hashee/core';

const FOLDER = new URL('../../../runtime-onnx/test/golden/', import.meta.url);

type Tensors = Map<string, { shape: number[]; data: Float32Array }>;

/** F32 tensors of a safetensors file that this repository made. */
export function readTensors(path: string): Tensors {
  const bytes = readFileSync(new URL(path, FOLDER));
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength));
  delete header.__metadata__;
  return new Map(
    Object.entries(header as Record<string, { shape: number[]; data_offsets: [number, number] }>).map(
      ([
        name,
        {
          shape,
          data_offsets: [from, to],
        },
      ]) => {
        const data = new Float32Array((to - from) / 4);
        for (let i = 0; i < data.length; i++) data[i] = bytes.readFloatLE(8 + headerLength + from + 4 * i);
        return [name, { shape, data }];
      },
    ),
  );
}

// biome-ignore lint/suspicious/noExplicitAny: golden files are read as they are written
export function readGolden(path: string): any {
  return JSON.parse(readFileSync(new URL(path, FOLDER), 'utf8'));
}

export function goldenBatch(batch: { inputIds: number[]; tokenTypeIds: number[]; offsets: number[] }): TokenBatch {
  return collate(
    batch.offsets.slice(1).map((to, b) => ({
      inputIds: batch.inputIds.slice(batch.offsets[b], to),
      tokenTypeIds: batch.tokenTypeIds.slice(batch.offsets[b], to),
    })),
  );
}

/** Names of the families here, as patterns on Hugging Face's names without the family's prefix. */
const NAMES: readonly (readonly [pattern: RegExp, canonical: string])[] = [
  [/^embeddings\.word_embeddings\.weight$/, 'embeddings.word'],
  [/^embeddings\.position_embeddings\.weight$/, 'embeddings.position'],
  [/^embeddings\.token_type_embeddings\.weight$/, 'embeddings.type'],
  [/^embeddings\.LayerNorm/, 'embeddings.norm'],
  [/^(embeddings_project|encoder\.embedding_hidden_mapping_in)/, 'embeddings.projection'],
  [/^(encoder\.layer|transformer\.layer)\.(\d+)\./, 'layers.$2.'],
  [/^encoder\.albert_layer_groups\.(\d+)\.albert_layers\.0\./, 'layers.$1.'],
  [/attention\.(self\.)?(query|key|value)\./, '$2.'],
  [/attention\.q_lin/, 'query'],
  [/attention\.k_lin/, 'key'],
  [/attention\.v_lin/, 'value'],
  [/attention\.(output\.dense|out_lin|dense)\./, 'output.'],
  [/(attention\.output\.LayerNorm|sa_layer_norm|attention\.LayerNorm)/, 'attentionNorm'],
  [/(output\.LayerNorm|output_layer_norm|full_layer_layer_norm)/, 'norm'],
  [/(intermediate\.dense|ffn\.lin1|ffn)\.(weight|bias)$/, 'up.$2'],
  [/(\.output\.dense|\.ffn\.lin2|\.ffn_output)\.(?=weight|bias)/, '.down.'],
  [/^(pooler\.dense|pooler|pre_classifier|classifier\.dense)\./, 'heads.main.dense.'],
  [/^classifier\.(out_proj\.)?(weight|bias)/, 'heads.main.classifier.$2'],
];

export function canonicalName(name: string): string {
  let result = name.replace(/^(bert|roberta|distilbert|electra|albert)\./, '');
  // The attention's output projection and the feed-forward's share a name in some families.
  const output = /attention\.(output\.dense|out_lin|dense)\./.test(result);
  for (const [pattern, canonical] of NAMES) {
    if (output && canonical === '.down.') continue;
    result = result.replace(pattern, canonical);
  }
  return result.replace(/^layers\.(\d+)/, (_, set) => `layers.${Number(set) + 1}`);
}

const ACTIVATIONS = { gelu: 'gelu', gelu_new: 'gelu_tanh' } as const;

/** A golden folder as a checkpoint with one head `main`. */
export function goldenCheckpoint(folder: string): Checkpoint {
  const raw = readGolden(`${folder}/config.json`);
  const layers = raw.num_hidden_layers ?? raw.n_layers;
  const hiddenSize = raw.hidden_size ?? raw.dim;
  const perGroup = layers / (raw.num_hidden_groups ?? layers);
  const offset = raw.model_type === 'roberta' ? 2 : 0;
  const config = defineEncoderConfig({
    modelType: raw.model_type,
    vocabSize: raw.vocab_size,
    hiddenSize,
    embeddingSize: raw.embedding_size ?? hiddenSize,
    layers,
    headCount: raw.num_attention_heads ?? raw.n_heads,
    intermediateSize: raw.intermediate_size ?? raw.hidden_dim,
    maxLength: raw.max_position_embeddings - offset,
    positionOffset: offset,
    typeVocabSize: raw.model_type === 'distilbert' ? 0 : raw.type_vocab_size,
    layerNormEpsilon: raw.layer_norm_eps ?? 1e-12,
    activation: ACTIVATIONS[(raw.hidden_act ?? raw.activation) as keyof typeof ACTIVATIONS],
    layerWeights: Array.from({ length: layers }, (_, i) => 1 + Math.floor(i / perGroup)),
    padTokenId: raw.pad_token_id,
  });
  const labels = Object.values(raw.id2label) as string[];
  const tokens = /TokenClassification/.test(raw.architectures[0]);
  const dense = { distilbert: 'relu', electra: 'gelu' }[raw.model_type as string] ?? 'tanh';
  const head: HeadConfig = {
    name: 'main',
    task: tokens ? 'token-classification' : labels.length === 1 ? 'regression' : 'sequence-classification',
    labels,
    layer: layers,
    dense: tokens ? 'none' : (dense as HeadConfig['dense']),
    dropout: 0.1,
  };
  const tensors = [...readTensors(`${folder}/model.safetensors`)];
  return { config, heads: [head], weights: new MemoryWeights(tensors.map(([name, t]) => [canonicalName(name), t])) };
}
