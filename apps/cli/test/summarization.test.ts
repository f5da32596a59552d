import { cp, mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadModel, loadSequenceToSequence, saveSequenceToSequence } from '@hashee/checkpoint';
import { characterTokens, meanRouge } from '@hashee/eval';
import { generator } from '@hashee/generation';
import { onnx } from '@hashee/runtime-onnx';
import { Interrupted } from '@hashee/terminal';
import { describe, expect, test } from 'vitest';
import { outputLengths, withLengths } from '../src/commands/train/summarization/output-lengths.js';
import { SOURCES, writeEncoderDecoder } from './encoder-decoder-folder.js';
import { writeModelFolder } from './model-folder.js';
import { run } from './run.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = await temporaryFolder();
const model = join(folder, 'bart');
await writeEncoderDecoder(model, 'bart', { max_length: 24, max_new_tokens: 40, min_length: 6 });

const PAIRS = Array.from({ length: 24 }, (_, i) => ({
  source: `${SOURCES[i % 3]} ${SOURCES[(i + 1) % 3]}`,
  target: ['Rain.', 'Storm.', 'Closed.'][i % 3],
}));
const train = join(folder, 'train.jsonl');
const dev = join(folder, 'dev.jsonl');
await writeFile(train, PAIRS.map((pair) => `${JSON.stringify(pair)}\n`).join(''));
await writeFile(
  dev,
  PAIRS.slice(0, 3)
    .map((pair) => `${JSON.stringify(pair)}\n`)
    .join(''),
);

const TRAIN = ['train', '--train', train, '--dev', dev, '--epochs', '3', '-b', '4', '-l', '3e-3', '--max-target', '10'];

describe('hashee train for summaries', () => {
  test('an encoder-decoder, with a table of its own for the sources', async () => {
    const output = join(folder, 'trained');
    const { code, stderr, stdout } = await run([...TRAIN, '-m', model, '-o', output, '--hash', 'frequency', '--json']);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('24 training texts; 3 dev texts; encoder of 4 layers, decoder of 2');
    expect(stderr).toMatch(/^epoch 3\.00 {2}loss [\d.]+ {2}rouge1 [\d.]+ {2}rouge2 [\d.]+ {2}rougeL [\d.]+$/m);
    const { history, hash, best } = JSON.parse(stdout);
    expect([hash.name, Object.keys(best.metrics)]).toEqual(['frequency', ['rouge1', 'rouge2', 'rougeL']]);
    expect(history[2].loss).toBeLessThan(history[0].loss);
    const trained = await loadSequenceToSequence(output);
    expect(new Set(trained.exitTable?.exitLayer).size).toBeGreaterThan(1);
    expect(trained.metadata?.training).toMatchObject({
      task: 'summarization',
      examples: 24,
      recipe: { labelSmoothing: 0.1, maxTarget: 10 },
    });
    // Its own longest output alone, and the shortest of the model that it was made from.
    expect(trained.generationConfig).toMatchObject({ max_length: 11, min_length: 6 });
    expect(trained.generationConfig).not.toHaveProperty('max_new_tokens');
    const card = await readFile(join(output, 'README.md'), 'utf8');
    expect(card).toContain('| rouge1 |');
    expect(card).toContain('numBeams: 1, noRepeatNgramSize: 3, maxLength: 11, minLength: 6, maxSourceLength: ');
    expect((await readdir(folder)).filter((name) => name.endsWith('.run'))).toEqual([]);

    // What was saved gives the ROUGE that was reported.
    const judged = await run(['evaluate', dev, '-m', output, '--beams', '1', '--block-repeats', '3', '--json']);
    expect(JSON.parse(judged.stdout).metrics.rougeL).toBeCloseTo(best.metrics.rougeL, 6);
    const inspected = await run(['inspect', output]);
    expect(inspected.stdout).toContain('rouge1');
  }, 120_000);

  test('dev texts are summarised with the tokens that the model is forced to begin and end with', async () => {
    const [forced, output, texts] = ['forced', 'from-forced', 'forced.jsonl'].map((name) => join(folder, name));
    const { tokenizer } = await loadSequenceToSequence(model);
    const rain = Array.from({ length: tokenizer.vocabSize }, (_, id) => tokenizer.token(id)).indexOf('Ġrain');
    await writeEncoderDecoder(forced, 'bart', { forced_bos_token_id: rain });
    await writeFile(texts, `${JSON.stringify({ source: SOURCES[0], target: 'rain' })}\n`);
    const { code, stderr, stdout } = await run([
      ...['train', '--train', train, '--dev', texts, '-m', forced, '-o', output],
      ...['--epochs', '1', '-b', '24', '--max-target', '10', '--json'],
    ]);
    expect(code, stderr).toBe(0);
    const { rouge1 } = JSON.parse(stdout).best.metrics;
    expect(rouge1).toBeGreaterThan(0);
    const judged = await run(['evaluate', texts, '-m', output, '--beams', '1', '--block-repeats', '3', '--json']);
    expect(JSON.parse(judged.stdout).metrics.rouge1).toBeCloseTo(rouge1, 6);
  }, 120_000);

  test('an encoder gets a decoder', async () => {
    const { directory } = await writeModelFolder(join(folder, 'encoder'), { task: null });
    const output = join(folder, 'from-encoder');
    const { code, stderr } = await run([
      ...[...TRAIN, '--task', 'summarization', '-m', directory, '-o', output],
      ...['--decoder-layers', '2', '--epochs', '1', '--label-smoothing', '0'],
    ]);
    expect(code, stderr).toBe(0);
    const { config, generationConfig, metadata } = await loadSequenceToSequence(output);
    expect([config.encoder.layers, config.decoder.layers, config.decoderStartTokenId]).toEqual([3, 2, 2]);
    expect(generationConfig).toMatchObject({ num_beams: 4, forced_eos_token_id: 3 });
    expect(metadata?.training).toMatchObject({ recipe: { labelSmoothing: 0 } });
    const { lines } = await run(['summarize', '-m', output, 'the film is not good']);
    expect(lines).toHaveLength(1);
  }, 120_000);

  test('sources are cut in evaluation and use where they were cut in training', async () => {
    const output = join(folder, 'short-sources');
    const { code, stderr, stdout } = await run([...TRAIN, '-m', model, '-o', output, '--max-length', '12', '--json']);
    expect(code, stderr).toBe(0);
    const judge = async (...more: string[]) =>
      JSON.parse(
        (await run(['evaluate', dev, '-m', output, '--beams', '1', '--block-repeats', '3', '--json', ...more])).stdout,
      );
    const judged = await judge();
    expect(judged.truncated).toBe(3);
    expect(judged.metrics).toEqual(JSON.parse(stdout).best.metrics);
    expect((await judge('--max-length', '30')).encoder.macs).toBeGreaterThan(judged.encoder.macs);
    const summarized = await run(['summarize', '-m', output, PAIRS[0].source, '--json', '--explain']);
    const { truncated, exits } = JSON.parse(summarized.lines[0]);
    expect([truncated, exits.length]).toEqual([true, 12]);
    const exported = await run(['export', output, '-o', join(folder, 'short-exported')]);
    expect(exported.code, exported.stderr).toBe(0);
    const settings = await readFile(join(folder, 'short-exported', 'tokenizer_config.json'), 'utf8');
    expect(JSON.parse(settings).model_max_length).toBe(12);
  }, 120_000);

  test('an encoder gets a decoder that learns to copy first, and to summarise from there', async () => {
    const { directory } = await writeModelFolder(join(folder, 'encoder-to-copy'), { task: null });
    const [reader, output] = [join(folder, 'reader'), join(folder, 'from-reader')];
    const words = ['train', '--task', 'summarization', '--train', train, '-b', '8', '-l', '3e-3'];
    // Texts alone are enough.
    const texts = join(folder, 'texts.jsonl');
    await writeFile(texts, PAIRS.map(({ source }) => `${JSON.stringify({ source })}\n`).join(''));
    const taught = await run([
      ...['train', '--task', 'summarization', '--train', texts, '-b', '8', '-l', '3e-3', '-m', directory],
      ...['-o', reader, '--copying', '200', '--epochs', '2', '--json'],
    ]);
    expect(taught.code, taught.stderr).toBe(0);
    expect(taught.stderr).toContain('24 training texts; 200 spans of them to copy; no dev texts');
    expect(JSON.parse(taught.stdout)).toMatchObject({ steps: 50, best: { step: 50 } });
    const { metadata, exitTable, weights } = await loadSequenceToSequence(reader);
    // The encoder's own exits, active in training.
    expect(exitTable?.exitLayer).toEqual((await loadModel(directory)).exitTable?.exitLayer);
    // It began aligned, with 2 on the diagonals.
    const query = await weights.read('decoder.layers.1.cross.query.weight');
    const H = Math.sqrt(query.length);
    expect(query.reduce((sum, value, i) => sum + (i % (H + 1) === 0 ? value / H : 0), 0)).toBeGreaterThan(1.5);
    expect(metadata?.training).toMatchObject({ examples: 200, recipe: { copying: 200 } });
    const trained = await run([...words, '-m', reader, '-o', output, '--epochs', '1']);
    expect(trained.code, trained.stderr).toBe(0);
    expect((await run(['summarize', '-m', output, 'the film is not good'])).lines).toHaveLength(1);
  }, 120_000);

  test('--hash none is all layers for all tokens, of encoder and decoder', async () => {
    const given = await loadSequenceToSequence(model);
    const { layers } = given.config.decoder;
    const exitLayer = new Uint8Array(given.config.encoder.vocabSize).fill(1);
    const both = join(folder, 'both-tables');
    const decoderExitTable = { layers, exitLayer, hash: { name: 'custom', parameters: {} } };
    await saveSequenceToSequence(both, { ...given, base: given, decoderExitTable });
    const words = [...TRAIN, '-m', both, '--epochs', '1'];
    const inspected = await run(['inspect', both]);
    expect(inspected.stdout).toMatch(/^exit table of the encoder: custom hash/m);
    expect(inspected.stdout).toMatch(
      new RegExp(`^exit table of the decoder: custom hash.*\n {2}layer 1 +${exitLayer.length} +100\\.0 %`, 'm'),
    );
    expect(inspected.stdout).toMatch(/^problem: special tokens exit the decoder early: /m);
    expect(JSON.parse((await run(['inspect', both, '--json'])).stdout).decoderExits).toEqual({
      hash: decoderExitTable.hash,
      vocabulary: exitLayer.length,
      histogram: [exitLayer.length, 0],
    });
    for (const [hash, output, shown] of [
      [[], join(folder, 'kept'), /^exits +custom\ndecoder exits +custom$/m],
      [['--hash', 'none'], join(folder, 'without'), /^exits +none\ndecoder exits +none$/m],
    ] as const) {
      const { code, stderr, stdout } = await run([...words, ...hash, '-o', output]);
      expect(code, stderr).toBe(0);
      expect(stdout).toMatch(shown);
    }
    expect((await loadSequenceToSequence(join(folder, 'kept'))).decoderExitTable).toBeDefined();
    const without = await loadSequenceToSequence(join(folder, 'without'));
    expect([without.exitTable, without.decoderExitTable]).toEqual([undefined, undefined]);
  }, 120_000);

  test('stops at Ctrl-C, and the same command goes on to the same end', async () => {
    const [whole, output] = [join(folder, 'whole'), join(folder, 'stopped')];
    const words = [...TRAIN, '-m', model, '--evaluate-every', '4', '--json'];
    const reference = await run([...words, '-o', whole]);
    const interrupt = new AbortController();
    const stopped = await run([...words, '-o', output], {
      signal: interrupt.signal,
      onStderr: (text) => {
        if (text.includes('epoch 1')) interrupt.abort(new Interrupted());
      },
    });
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain('The same command goes on from there.');
    expect(await readdir(folder)).not.toContain('stopped');
    const resumed = await run([...words, '-o', output]);
    expect(resumed.stderr).toContain('Going on after update');
    const losses = (text: string): number[] => JSON.parse(text).history.map(({ loss }: { loss: number }) => loss);
    expect(losses(resumed.stdout)).toEqual(losses(reference.stdout));
    const weights = (path: string): Promise<Buffer> => readFile(join(path, 'model.safetensors'));
    expect((await weights(output)).equals(await weights(whole))).toBe(true);
  }, 180_000);

  test('what does not belong is refused before anything is loaded', async () => {
    const encoder = join(folder, 'encoder');
    const cases: readonly (readonly [words: string[], message: string])[] = [
      [['-m', model, '--teacher', model], '--teacher'],
      [['-m', model, '--labels', 'a,b'], '--labels'],
      [['-m', model, '--hash', 'mutual-information'], 'needs classes'],
      [['-m', model, '--runtime', 'tfjs'], 'leave --runtime out'],
      [['-m', model, '--runtime', 'tfjs', '--engine', 'cpu'], 'leave --engine, --runtime out'],
      [['-m', model, '--decoder-layers', '2'], 'this model has one'],
      [['-m', model, '--copying', '9'], '--copying is for encoders'],
      [
        ['-m', encoder, '--task', 'summarization', '--copying', '9', '--dev', dev, '--speedup', '2'],
        'leave --dev, --speedup out',
      ],
      [['-m', encoder, '--copying', '9'], '--copying belongs to summarisation'],
      [['-m', encoder, '--max-target', '9', '--rouge', 'words'], '--max-target, --rouge'],
    ];
    for (const [words, message] of cases) {
      const { code, stderr } = await run(['train', '--train', train, '-o', join(folder, 'no'), ...words]);
      expect([words, code]).toEqual([words, 2]);
      expect(stderr).toContain(message);
    }
    const column = await run([...TRAIN, '-m', model, '-o', join(folder, 'no'), '--source-column', 'article']);
    expect([column.code, column.stderr]).toEqual([1, expect.stringContaining('--source-column')]);
    const huge = join(folder, 'huge');
    await mkdir(huge);
    await writeFile(join(huge, 'config.json'), '{"model_type": "bart"}');
    await truncate(join(huge, 'config.json'), 1 << 30);
    const foreign = join(folder, 'foreign');
    await cp(model, foreign, { recursive: true });
    await rm(join(foreign, 'tokenizer_config.json'), { force: true });
    await symlink(join(model, 'tokenizer_config.json'), join(foreign, 'tokenizer_config.json'));
    for (const words of [TRAIN, ['export']]) {
      const named = words[0] === 'export' ? [foreign] : ['-m', foreign];
      const link = await run([...words, ...named, '-o', join(folder, 'no')]);
      expect([link.code, link.stderr]).toEqual([1, expect.stringContaining("outside of the model's folder")]);
    }
    const refused = await run([...TRAIN, '-m', huge, '-o', join(folder, 'no')]);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('1073741824 bytes')]);
    expect(await readdir(folder)).not.toContain('no');
  });
});

test.each([
  [{}, {}],
  [{ min_length: 0 }, {}],
  [{ min_length: 10 }, { min_length: 10 }],
  // Every output would be as long as it can be, or longer.
  [{ min_length: 11 }, {}],
  [{ min_length: 56, max_length: 142 }, {}],
  [{ min_length: 56, min_new_tokens: 4 }, { min_length: 5 }],
  [{ min_length: 4, min_new_tokens: 56, max_new_tokens: 60 }, {}],
])('lengths of %o with a longest output of 11 are %o', (base, kept) => {
  const lengths = outputLengths(base, 11);
  expect(withLengths({ ...base, num_beams: 4 }, lengths)).toEqual({ num_beams: 4, max_length: 11, ...kept });
});

describe('other commands on encoder-decoders', () => {
  test('evaluate: ROUGE of what is generated, English stemmed, Chinese by characters', async () => {
    const loaded = await loadSequenceToSequence(model);
    const generate = await generator(loaded, { backend: onnx({ threads: 1 }) });
    const options = { numBeams: 2, maxNewTokens: 12 };
    const { results, summary } = await generate.run(
      PAIRS.slice(0, 3).map(({ source }) => source),
      options,
    );
    await generate.dispose();
    const predictions = results.map(({ text }) => text);
    const words = ['evaluate', dev, '-m', model, '--beams', '2', '--max-tokens', '12'];
    const { stdout, code } = await run([...words, '--json']);
    const judged = JSON.parse(stdout);
    expect([code, judged.rouge, judged.texts]).toEqual([0, 'english', 3]);
    const references = PAIRS.slice(0, 3).map(({ target }) => target);
    const english = meanRouge(predictions, references);
    expect(judged.metrics.rougeL).toBeCloseTo(english.rougeL.f1, 10);
    expect(judged.encoder.countedSpeedup).toBeCloseTo(summary.encoder.countedSpeedup, 6);
    const byCharacters = await run([...words, '--rouge', 'characters']);
    const characters = meanRouge(predictions, references, { tokenize: characterTokens });
    expect(byCharacters.stdout).toContain(characters.rouge1.f1.toFixed(4));

    const chinese = join(folder, 'cpt');
    await writeEncoderDecoder(chinese, 'cpt');
    const file = join(folder, 'chinese.tsv');
    await writeFile(file, 'source\ttarget\n天气很好\t天气\n今天下雨\t下雨\n');
    const found = await run(['evaluate', file, '-m', chinese, '--max-tokens', '5', '--json']);
    expect(JSON.parse(found.stdout).rouge).toBe('characters');
    const refused = await run(['evaluate', dev, '-m', model, '--metrics', 'accuracy']);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('ROUGE')]);
  });

  test('evaluate refuses what would do nothing', async () => {
    const { directory } = await writeModelFolder(join(folder, 'classifier'));
    const cases: readonly (readonly [words: string[], message: string])[] = [
      [['-m', model, '--runtime', 'tfjs'], 'leave --runtime out'],
      [['-m', model, '--label-column', 'label'], 'leave --label-column out'],
      [['-m', directory, '--beams', '2', '--sample'], '--beams, --sample belong to summarisation'],
    ];
    for (const [words, message] of cases) {
      const { code, stderr } = await run(['evaluate', dev, ...words]);
      expect([words, code, stderr]).toEqual([words, 2, expect.stringContaining(message)]);
    }
  });

  test('hash build and hash inspect read the sources', async () => {
    const table = join(folder, 'table.json');
    const built = await run(['hash', 'build', train, '-m', model, '-o', table, '--json']);
    expect(built.code, built.stderr).toBe(0);
    const { tokenizer } = await loadSequenceToSequence(model);
    const tokens = PAIRS.reduce(
      (sum, { source }) => sum + tokenizer.encode(source, { maxLength: 48 }).inputIds.length,
      0,
    );
    expect(JSON.parse(built.stdout)).toMatchObject({ tokens });
    for (const words of [
      [table, dev, '-m', model],
      [model, dev],
    ]) {
      const inspected = await run(['hash', 'inspect', ...words, '--json']);
      expect(inspected.code, inspected.stderr).toBe(0);
      expect(JSON.parse(inspected.stdout).sequences).toBe(3);
    }
    for (const words of [
      ['build', train, '-m', model],
      ['inspect', model, dev],
    ])
      for (const [flags, message] of [
        [['--text-column', 'source'], 'leave --text-column out. The column of the sources is --source-column.'],
        [['--kind', 'regression', '--labels', 'a,b'], 'leave --kind, --labels out.'],
        [['--label-column', 'label'], 'leave --label-column out.'],
        [['--task', 'sst-2'], '--task sst-2 has no sources and summaries. Tasks that have: '],
      ] as const) {
        const refused = await run(['hash', ...words, ...flags]);
        expect(refused.stderr).toContain(message);
        expect(refused.code).toBe(2);
      }
    const mutual = await run(['hash', 'build', train, '-m', model, '--hash', 'mutual-information']);
    expect([mutual.code, mutual.stderr]).toEqual([2, expect.stringContaining('needs classes')]);
  });

  test('inspect shows both sides', async () => {
    const { stdout, code } = await run(['inspect', model]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^encoder +bart, 4 layers, hidden size 32/m);
    expect(stdout).toMatch(/^decoder +2 layers, 2 heads of 16, feed-forward 40, up to 48 tokens$/m);
    expect(stdout).toContain('No problems found.');
    const json = await run(['inspect', model, '--json']);
    // transformers counts 67,440, and besides them a bias for each of the 361 entries of the vocabulary.
    expect(JSON.parse(json.stdout).parameters).toBe(67_440 + 361);
  });

  test('classify says which command is meant', async () => {
    const { code, stderr } = await run(['classify', '-m', model, 'a text']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('hashee summarize')]);
  });
});
