import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encoderTensors, type HasheeError, headTensors } from '@hashee/core';
import { describe, expect, it } from 'vitest';
import { loadCheckpoint, readSafetensors, writeSafetensors } from '../src/index.js';
import { failure } from './failure.js';
import { FAMILIES, rewriteModel } from './rewrite-model.js';
import { temporaryFolder } from './temporary-folder.js';

interface Expected {
  readonly layerWeights: readonly number[];
  readonly tensors: Readonly<Record<string, { shape: number[]; first: number; last: number }>>;
}
const expected = JSON.parse(await readFile(join(FAMILIES, 'expected.json'), 'utf8')) as Record<string, Expected>;

describe('checkpoints that transformers saved', () => {
  it.each(Object.keys(expected))('%s: every tensor has its canonical name, shape and values', async (name) => {
    const { config, heads, weights } = await loadCheckpoint(join(FAMILIES, name));
    const { tensors, layerWeights } = expected[name];
    expect(config.layerWeights).toEqual(layerWeights);
    expect([...weights.names()].sort()).toEqual(Object.keys(tensors).sort());
    const needed = [...encoderTensors(config), ...heads.flatMap((head) => headTensors(head, config.hiddenSize))];
    for (const [tensor, shape] of needed) expect(weights.shape(tensor)).toEqual(shape);
    for (const [tensor, { shape, first, last }] of Object.entries(tensors)) {
      expect(weights.shape(tensor)).toEqual(shape);
      const values = await weights.read(tensor);
      expect([values[0], values[values.length - 1]]).toEqual([first, last]);
    }
  });

  it.each([
    ['bert', 'sequence-classification', 'tanh', 0.1],
    ['bert-token', 'token-classification', 'none', 0.1],
    ['bert-regression', 'regression', 'tanh', 0.1],
    ['roberta', 'sequence-classification', 'tanh', 0.1],
    ['roberta-token', 'token-classification', 'none', 0.1],
    ['distilbert', 'sequence-classification', 'relu', 0.2],
    ['distilbert-token', 'token-classification', 'none', 0.1],
    ['electra', 'sequence-classification', 'gelu', 0.1],
    ['electra-token', 'token-classification', 'none', 0.1],
    ['albert', 'sequence-classification', 'tanh', 0.1],
    ['albert-token', 'token-classification', 'none', 0.1],
  ])('%s has a head for %s', async (name, task, dense, dropout) => {
    const { config, heads } = await loadCheckpoint(join(FAMILIES, name));
    const labels = task === 'regression' ? ['LABEL_0'] : ['no', 'maybe', 'yes'];
    expect(heads).toEqual([{ name: 'main', task, labels, layer: config.layers, dense, dropout }]);
  });

  it.each(['bert-base', 'bert-pretraining', 'electra-pretraining'])('%s has no head', async (name) => {
    expect((await loadCheckpoint(join(FAMILIES, name))).heads).toEqual([]);
  });

  it('reads the sizes of each family', async () => {
    const bert = (await loadCheckpoint(join(FAMILIES, 'bert'))).config;
    expect(bert).toEqual({
      modelType: 'bert',
      vocabSize: 20,
      hiddenSize: 12,
      embeddingSize: 12,
      intermediateSize: 10,
      layers: 3,
      heads: [3, 3, 3],
      headSize: 4,
      maxLength: 9,
      positionOffset: 0,
      typeVocabSize: 2,
      layerNormEpsilon: 1e-12,
      activation: 'gelu',
      layerWeights: [1, 2, 3],
      dropout: { hidden: 0.1, attention: 0.1, classifier: 0.1 },
      padTokenId: 0,
    });
    const roberta = (await loadCheckpoint(join(FAMILIES, 'roberta'))).config;
    expect(roberta).toMatchObject({ positionOffset: 2, maxLength: 7, padTokenId: 1, typeVocabSize: 1 });
    const distilbert = (await loadCheckpoint(join(FAMILIES, 'distilbert'))).config;
    expect(distilbert).toMatchObject({
      hiddenSize: 12,
      intermediateSize: 10,
      typeVocabSize: 0,
      layerNormEpsilon: 1e-12,
    });
    const electra = (await loadCheckpoint(join(FAMILIES, 'electra'))).config;
    expect(electra).toMatchObject({ embeddingSize: 8, hiddenSize: 12 });
    const albert = (await loadCheckpoint(join(FAMILIES, 'albert'))).config;
    expect(albert).toMatchObject({
      embeddingSize: 8,
      activation: 'gelu_tanh',
      dropout: { hidden: 0, classifier: 0.1 },
    });
  });
});

describe('checkpoints of other tools and times', () => {
  const same = async (folder: string, name = 'bert'): Promise<void> => {
    const [a, b] = [await loadCheckpoint(folder), await loadCheckpoint(join(FAMILIES, name))];
    for (const tensor of b.weights.names()) expect(await a.weights.read(tensor)).toEqual(await b.weights.read(tensor));
  };

  it('gamma and beta, position buffers, and heads of pretraining', async () => {
    await same(
      await rewriteModel('bert', {
        rename: (name) => [
          name.replace('LayerNorm.weight', 'LayerNorm.gamma').replace('LayerNorm.bias', 'LayerNorm.beta'),
          ...(name === 'classifier.bias' ? ['cls.predictions.bias'] : []),
        ],
        add: [{ name: 'bert.embeddings.position_ids', dtype: 'I64', shape: [1, 1], read: () => BigInt64Array.of(0n) }],
      }),
    );
  });

  it('an encoder without prefix under a head, and one wrapped in another module', async () => {
    await same(await rewriteModel('bert', { rename: (name) => [name.replace(/^bert\./, '')] }));
    await same(await rewriteModel('bert', { rename: (name) => [`module.${name}`] }));
    await same(await rewriteModel('roberta', { rename: (name) => [name.replace(/^roberta\./, '')] }), 'roberta');
  });

  it('shards', async () => {
    const folder = await rewriteModel('bert', {});
    const weights = await readSafetensors(join(folder, 'model.safetensors'));
    const map: Record<string, string> = {};
    for (const part of [1, 2]) {
      const file = `model-0000${part}-of-00002.safetensors`;
      const names = weights.names().filter((_, index) => (index % 2) + 1 === part);
      for (const name of names) map[name] = file;
      await writeSafetensors(
        join(folder, file),
        names.map((name) => ({
          name,
          dtype: weights.dtype(name),
          shape: weights.shape(name),
          read: () => weights.readRaw(name),
        })),
      );
    }
    const shards = await temporaryFolder();
    const { copyFile } = await import('node:fs/promises');
    for (const file of ['config.json', ...new Set(Object.values(map))])
      await copyFile(join(folder, file), join(shards, file));
    await writeFile(join(shards, 'model.safetensors.index.json'), JSON.stringify({ metadata: {}, weight_map: map }));
    await same(shards);
  });

  it("ElasticBERT: the head takes the last layer's pooler, the others have names of their own", async () => {
    const folder = await rewriteModel('bert', {
      config: { model_type: 'elasticbert', architectures: ['ElasticBertForSequenceClassification'] },
      rename: (name) =>
        name.startsWith('bert.pooler.')
          ? [0, 1, 2].map((layer) => name.replace('bert.pooler.', `elasticbert.encoder.pooler.${layer}.`))
          : [name.replace(/^bert\./, 'elasticbert.')],
    });
    const { weights, heads } = await loadCheckpoint(folder);
    expect(heads[0].dense).toBe('tanh');
    expect(weights.names().filter((name) => name.startsWith('pooler'))).toEqual([
      'poolers.1.weight',
      'poolers.1.bias',
      'poolers.2.weight',
      'poolers.2.bias',
    ]);
    await same(folder);
  });

  it.each([{ architectures: ['TinyBertForSequenceClassification'] }, { classifier_activation: 'relu' }])(
    'TinyBERT: %j',
    async (config) => {
      expect((await loadCheckpoint(await rewriteModel('bert', { config }))).heads[0].dense).toBe('tanh+relu');
    },
  );

  it('fewer layers than the file has', async () => {
    const { config, weights } = await loadCheckpoint(await rewriteModel('bert', { config: { num_hidden_layers: 2 } }));
    expect(config.layers).toBe(2);
    expect(weights.names().some((name) => name.startsWith('layers.3.'))).toBe(false);
  });

  it('pruned heads', async () => {
    const linear = (
      name: string,
      shape: number[],
    ): { name: string; dtype: string; shape: number[]; read: () => Float32Array } => ({
      name: `bert.encoder.layer.1.attention.${name}`,
      dtype: 'F32',
      shape,
      read: () => new Float32Array(shape.reduce((a, b) => a * b)),
    });
    const folder = await rewriteModel('bert', {
      config: { pruned_heads: { 1: [0, 2], 0: [] } },
      rename: (name) => (/layer\.1\.attention\.(self|output\.dense\.weight)/.test(name) ? [] : [name]),
      add: [
        ...['query', 'key', 'value'].flatMap((part) => [
          linear(`self.${part}.weight`, [4, 12]),
          linear(`self.${part}.bias`, [4]),
        ]),
        linear('output.dense.weight', [12, 4]),
      ],
    });
    const { config } = await loadCheckpoint(folder);
    expect(config).toMatchObject({ heads: [3, 1, 3], headSize: 4 });
  });

  it('names labels itself where config.json has none', async () => {
    const config = { id2label: undefined, num_labels: 3 };
    const { heads } = await loadCheckpoint(await rewriteModel('bert', { config }));
    expect(heads[0].labels).toEqual(['LABEL_0', 'LABEL_1', 'LABEL_2']);
  });
});

describe('refused', () => {
  it.each<[string, Record<string, unknown>, HasheeError['code'], RegExp]>([
    ['another architecture', { model_type: 't5' }, 'UNSUPPORTED', /"t5"; supported are bert, roberta/],
    ['no model type', { model_type: undefined }, 'INVALID_CONFIG', /"model_type" must be a string, got nothing/],
    ['a prototype as model type', { model_type: 'constructor' }, 'UNSUPPORTED', /"constructor"/],
    ['relative positions', { position_embedding_type: 'relative_key' }, 'UNSUPPORTED', /relative_key/],
    ['a decoder', { is_decoder: true }, 'UNSUPPORTED', /is_decoder/],
    ['an unknown activation', { hidden_act: 'silu' }, 'UNSUPPORTED', /"silu"/],
    ['no hidden size', { hidden_size: undefined }, 'INVALID_CONFIG', /"hidden_size" must be a whole number/],
    ['a hidden size as text', { hidden_size: '12' }, 'INVALID_CONFIG', /"hidden_size".*got "12"/],
    ['a negative size', { vocab_size: -1 }, 'INVALID_CONFIG', /"vocab_size".*got -1/],
    [
      'an enormous number of layers',
      { num_hidden_layers: 1e15 },
      'INVALID_CONFIG',
      /layers must be an integer from 1 to 255/,
    ],
    ['an enormous vocabulary', { vocab_size: 1e12 }, 'INVALID_CONFIG', /vocabSize/],
    [
      'heads that do not divide',
      { num_attention_heads: 5 },
      'INVALID_CONFIG',
      /a divisor of the hidden size 12, got 5/,
    ],
    ['no heads', { num_attention_heads: 0 }, 'INVALID_CONFIG', /divisor/],
    ['pruned heads outside', { pruned_heads: { 9: [0] } }, 'INVALID_CONFIG', /pruned_heads/],
    [
      'another vocabulary',
      { vocab_size: 21 },
      'INVALID_CHECKPOINT',
      /\[20, 12\], expected \[21, 12\].*vocabulary of config.json \(21\)/,
    ],
    [
      'more layers than the file has',
      { num_hidden_layers: 4 },
      'INVALID_CHECKPOINT',
      /no tensor "bert.encoder.layer.3./,
    ],
    [
      'another number of labels',
      { id2label: { 0: 'a' }, problem_type: 'single_label_classification' },
      'INVALID_CHECKPOINT',
      /\[3, 12\], expected \[1, 12\].*id2label/,
    ],
    [
      'labels with gaps',
      { id2label: { 0: 'a', 2: 'b', 3: 'c' } },
      'INVALID_CONFIG',
      /"id2label" must be names for the outputs 0 to 2/,
    ],
    ['labels that are objects', { id2label: { 0: {}, 1: 'b', 2: 'c' } }, 'INVALID_CONFIG', /id2label/],
    ['several labels at once', { problem_type: 'multi_label_classification' }, 'UNSUPPORTED', /multi_label/],
    ['regression with three outputs', { problem_type: 'regression' }, 'UNSUPPORTED', /with 3 outputs/],
    ['dropout of one', { hidden_dropout_prob: 1 }, 'INVALID_CONFIG', /dropout.hidden/],
    ['architectures that are no list', { architectures: 'BertModel' }, 'INVALID_CONFIG', /architectures/],
  ])('%s', async (_, config, code, message) => {
    const error = await failure(rewriteModel('bert', { config }).then((folder) => loadCheckpoint(folder)));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  it('ALBERT with inner groups, or with embeddings as wide as its states', async () => {
    for (const config of [{ inner_group_num: 2 }, { embedding_size: 12 }])
      expect((await failure(rewriteModel('albert', { config }).then((folder) => loadCheckpoint(folder)))).code).toBe(
        'UNSUPPORTED',
      );
  });

  it('a file without encoder, and one with two', async () => {
    const none = await rewriteModel('bert', { rename: (name) => (name.startsWith('bert.') ? [] : [name]) });
    expect((await failure(loadCheckpoint(none))).message).toMatch(/it has none/);
    const two = await rewriteModel('bert', { rename: (name) => [`a.${name.slice(5)}`, `b.${name.slice(5)}`] });
    expect((await failure(loadCheckpoint(two))).message).toMatch(/"a\.embeddings.*"b\.embeddings/);
  });

  it('weights that are not finite, when loading and not later', async () => {
    const folder = await rewriteModel('bert', {
      rename: (name) => (name === 'classifier.bias' ? [] : [name]),
      add: [{ name: 'classifier.bias', dtype: 'F32', shape: [3], read: () => Float32Array.of(0, Number.NaN, 0) }],
    });
    expect((await failure(loadCheckpoint(folder))).fields).toMatchObject({ name: 'classifier.bias', index: 1 });
    const { weights } = await loadCheckpoint(folder, { verify: false });
    expect((await failure(weights.read('heads.main.classifier.bias'))).code).toBe('INVALID_CHECKPOINT');
  });

  it('folders that are no models', async () => {
    const folder = await temporaryFolder();
    expect((await failure(loadCheckpoint(join(folder, 'absent')))).message).toMatch(/no folder/);
    expect((await failure(loadCheckpoint(folder))).message).toMatch(/no config\.json/);
    await writeFile(join(folder, 'config.json'), '{"model_type": "bert"');
    expect((await failure(loadCheckpoint(folder))).message).toMatch(/not valid JSON/);
    await writeFile(join(folder, 'config.json'), '[]');
    expect((await failure(loadCheckpoint(folder))).message).toMatch(/must hold a JSON object/);
    await writeFile(join(folder, 'config.json'), Buffer.of(0xff, 0xfe, 0x00));
    expect((await failure(loadCheckpoint(folder))).message).toMatch(/not a text file in UTF-8/);
    expect((await failure(loadCheckpoint(join(folder, 'config.json')))).message).toMatch(/is a file/);
    await writeFile(join(folder, 'config.json'), await readFile(join(FAMILIES, 'bert', 'config.json')));
    expect((await failure(loadCheckpoint(folder))).message).toMatch(/no model\.safetensors/);
    await writeFile(join(folder, 'pytorch_model.bin'), '');
    expect((await failure(loadCheckpoint(folder))).message).toMatch(
      /save_pretrained.* CPT, which transformers doesn't have, is converted by tooling\/convert-weights\/convert\.py/,
    );
  });

  it('a classifier that config.json says nothing of, and JSON nested as deep as a stack', async () => {
    const silent = await rewriteModel('bert', { config: { architectures: undefined } });
    expect((await failure(loadCheckpoint(silent))).message).toMatch(
      /what the classifier "classifier\.weight".*architectures/,
    );
    const left = await rewriteModel('bert', { config: { architectures: ['BertModel'] } });
    expect((await loadCheckpoint(left)).heads).toEqual([]);
    await writeFile(join(left, 'config.json'), `{"model_type":${'['.repeat(100_000)}${']'.repeat(100_000)}}`);
    expect((await failure(loadCheckpoint(left))).message).toMatch(/nested too deeply/);
  });

  it('an aborted signal', async () => {
    const folder = await rewriteModel('bert', {});
    const error = await failure(loadCheckpoint(folder, { signal: AbortSignal.abort(new Error('enough')) }));
    expect(error.code).toBe('ABORTED');
  });
});
