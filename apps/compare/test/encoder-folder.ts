import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSafetensors } from '@hashee/checkpoint';
import { tinyCheckpoint } from '@hashee/core/testing';

/** Vocabulary of the test models: special tokens, then words that occur in the test texts. */
export const WORDS: readonly string[] = (
  '[PAD] [UNK] [CLS] [SEP] [MASK] a the film movie is was not good great fine bad awful dull and but it plot ##s very so , . ! ' +
  'one two three four five six seven eight nine ten actor ##ess scene music story end start'
).split(' ');

const LAYERS = 3;
const MAX_LENGTH = 24;

/** Writes a small pretrained encoder in Hugging Face layout: random weights and a WordPiece tokenizer. */
export async function writeEncoderFolder(directory: string): Promise<void> {
  const V = WORDS.length;
  const { config, weights } = tinyCheckpoint({
    config: { vocabSize: V, layers: LAYERS, maxLength: MAX_LENGTH },
    heads: [],
  });
  await mkdir(directory, { recursive: true });
  await writeFile(
    join(directory, 'config.json'),
    JSON.stringify({
      architectures: ['BertModel'],
      model_type: 'bert',
      vocab_size: V,
      hidden_size: config.hiddenSize,
      num_hidden_layers: LAYERS,
      num_attention_heads: config.heads[0],
      intermediate_size: config.intermediateSize,
      max_position_embeddings: MAX_LENGTH,
      type_vocab_size: 2,
      hidden_act: 'gelu',
    }),
  );
  const tensors = await Promise.all(
    weights.names().map(async (name) => {
      const data = await weights.read(name);
      return { name: storedName(name), dtype: 'F32', shape: weights.shape(name), read: () => data };
    }),
  );
  await writeSafetensors(join(directory, 'model.safetensors'), tensors);
  await writeFile(join(directory, 'tokenizer.json'), JSON.stringify(TOKENIZER));
}

const MODULES: Readonly<Record<string, string>> = {
  'embeddings.word': 'bert.embeddings.word_embeddings.weight',
  'embeddings.position': 'bert.embeddings.position_embeddings.weight',
  'embeddings.type': 'bert.embeddings.token_type_embeddings.weight',
  'embeddings.norm': 'bert.embeddings.LayerNorm',
  query: 'attention.self.query',
  key: 'attention.self.key',
  value: 'attention.self.value',
  output: 'attention.output.dense',
  attentionNorm: 'attention.output.LayerNorm',
  up: 'intermediate.dense',
  down: 'output.dense',
  norm: 'output.LayerNorm',
};

/** PyTorch's name of a canonical tensor. */
function storedName(canonical: string): string {
  if (canonical in MODULES) return MODULES[canonical];
  const [, module, kind] = /^(.*)\.(weight|bias)$/.exec(canonical) as RegExpExecArray;
  if (module in MODULES) return `${MODULES[module]}.${kind}`;
  const [, set, part] = /^layers\.(\d+)\.(.*)$/.exec(module) as RegExpExecArray;
  return `bert.encoder.layer.${Number(set) - 1}.${MODULES[part]}.${kind}`;
}

const special = (id: number): object => ({
  id,
  content: WORDS[id],
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
});

const piece = (id: number, type: number): object => ({ SpecialToken: { id: WORDS[id], type_id: type } });

const TOKENIZER = {
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: [0, 1, 2, 3, 4].map(special),
  normalizer: {
    type: 'BertNormalizer',
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true,
  },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: {
    type: 'TemplateProcessing',
    single: [piece(2, 0), { Sequence: { id: 'A', type_id: 0 } }, piece(3, 0)],
    pair: [
      piece(2, 0),
      { Sequence: { id: 'A', type_id: 0 } },
      piece(3, 0),
      { Sequence: { id: 'B', type_id: 1 } },
      piece(3, 1),
    ],
    special_tokens: {
      '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] },
      '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] },
    },
  },
  decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])),
  },
};
