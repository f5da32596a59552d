import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { generator, type TextGenerator } from '@hashee/generation';
import { onnx } from '@hashee/runtime-onnx';
import { Interrupted } from '@hashee/terminal';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SOURCES, writeEncoderDecoder } from './encoder-decoder-folder.js';
import { writeModelFolder } from './model-folder.js';
import { run } from './run.js';
import { temporaryFolder } from './temporary-folder.js';

const folder = await temporaryFolder();
const model = join(folder, 'model');
const loaded = await writeEncoderDecoder(model, 'bart', { max_length: 24 });
const shown = (text: string): string => text.trim().replace(/\s+/g, ' ');

describe('hashee summarize', () => {
  let reference: TextGenerator;
  beforeAll(async () => {
    reference = await generator(loaded, { backend: onnx({ threads: 1 }) });
  });
  afterAll(() => reference.dispose());

  test('a line for each text, in their order; how fast it was on stderr', async () => {
    const { code, lines, stderr } = await run(['summarize', '--model', model, ...SOURCES]);
    expect(code, stderr).toBe(0);
    const { results, summary } = await reference.run(SOURCES);
    expect(lines).toEqual(results.map(({ text }) => shown(text)));
    expect(stderr).toMatch(
      /^3 texts in [\d.]+ m?s: \d+ tokens, [\d.,]+ tokens\/s, mean exit layer [\d.]+ of 4, counted speed-up [\d.]+x of the encoder, [\d.]+x with the decoder$/m,
    );
    expect(stderr).toContain(`mean exit layer ${summary.encoder.meanExitLayer.toFixed(2)}`);
  });

  test('beams, lengths, repeats and penalties are those of the generator', async () => {
    const words = ['--beams', '3', '--max-tokens', '12', '--min-tokens', '5', '--block-repeats', '2'];
    const { lines } = await run([
      ...['summarize', '-m', model, '--json', ...words],
      ...['--length-penalty', '2', '--early-stopping', 'true', '--max-length', '12', ...SOURCES],
    ]);
    const results = await reference.generate(SOURCES, {
      ...{ numBeams: 3, maxNewTokens: 12, minNewTokens: 5, noRepeatNgramSize: 2 },
      ...{ lengthPenalty: 2, earlyStopping: true, maxSourceLength: 12 },
    });
    expect(lines.map((line) => JSON.parse(line))).toEqual(
      results.map(({ text, tokenIds, score, truncated }, i) => ({
        argument: i + 1,
        summary: text,
        tokens: tokenIds.length - 1,
        score: expect.closeTo(score as number, 5),
        truncated,
      })),
    );
    expect(results.some(({ truncated }) => truncated)).toBe(true);
  });

  test('sampling depends on its seed alone', async () => {
    const draw = (seed: string, ...words: string[]) =>
      run(['summarize', '-m', model, '-q', '--sample', '--temperature', '2', '--seed', seed, ...words, ...SOURCES]);
    const [first, again, other] = [await draw('7'), await draw('7', '--batch-size', '1'), await draw('8')];
    expect(first.lines).toEqual(again.lines);
    expect(first.lines).not.toEqual(other.lines);
    const { results } = await reference.run(SOURCES, { doSample: true, temperature: 2, seed: 7 });
    expect(first.lines).toEqual(results.map(({ text }) => shown(text)));
  });

  test('--explain shows the source tokens, --dense runs all layers', async () => {
    const { lines } = await run(['summarize', '-m', model, '--explain', SOURCES[1]]);
    const { inputIds } = loaded.tokenizer.encode(SOURCES[1]);
    expect(lines).toHaveLength(inputIds.length + 2);
    expect(lines.at(-1)).toMatch(/tokens, mean exit layer [\d.]+ of 4$/);
    const json = await run(['summarize', '-m', model, '--explain', '--json', '--dense', SOURCES[1]]);
    const { exits } = JSON.parse(json.lines[0]) as { exits: { token: string; exitLayer: number }[] };
    expect(exits.map(({ token }) => token)).toEqual(Array.from(inputIds, (id) => loaded.tokenizer.token(id)));
    expect(new Set(exits.map(({ exitLayer }) => exitLayer))).toEqual(new Set([4]));
    const early = await run(['summarize', '-m', model, '--explain', '--json', SOURCES[1]]);
    const layers = (JSON.parse(early.lines[0]) as typeof json & { exits: { exitLayer: number }[] }).exits;
    expect(layers.map(({ exitLayer }) => exitLayer)).toEqual(
      Array.from(inputIds, (id) => loaded.exitTable!.exitLayer[id]),
    );
  });

  test('reads a pipe, files and columns; --whole takes all lines as one text', async () => {
    const expected = (await reference.generate(SOURCES)).map(({ text }) => shown(text));
    const piped = await run(['summarize', '-m', model, '-q'], { stdin: `${SOURCES.join('\n')}\n` });
    expect([piped.lines, piped.stderr]).toEqual([expected, '']);
    const file = join(folder, 'articles.jsonl');
    await writeFile(file, SOURCES.map((body) => `${JSON.stringify({ body })}\n`).join(''));
    const rows = await run(['summarize', '-m', model, '-f', file, '-c', 'body', '--json']);
    expect(rows.lines.map((line) => JSON.parse(line).row)).toEqual([1, 2, 3]);
    const article = join(folder, 'article.txt');
    await writeFile(article, `${SOURCES[1]}\n\n${SOURCES[1]}\n`);
    const whole = await run(['summarize', '-m', model, '--whole', '--file', article]);
    expect(whole.lines).toEqual([shown((await reference.generate(`${SOURCES[1]}\n\n${SOURCES[1]}`)).text)]);
  });

  test('more texts than fit a window keep their order', async () => {
    const many = Array.from({ length: 23 }, (_, i) => SOURCES[i % SOURCES.length]);
    const expected = (await reference.generate(SOURCES)).map(({ text }) => shown(text));
    const { lines } = await run(['summarize', '-m', model, '-b', '2', '-q'], { stdin: many.join('\n') });
    expect(lines).toEqual(many.map((_, i) => expected[i % SOURCES.length]));
  });

  test('on a terminal tokens appear one by one, and what is there in the end is the same', async () => {
    const { stdout } = await run(['summarize', '-m', model, ...SOURCES], { terminal: true });
    const expected = (await reference.generate(SOURCES)).map(({ text }) => shown(text));
    expect(stdout.split('\n').slice(0, -1).map(shown)).toEqual(expected);
    const beams = await run(['summarize', '-m', model, '--beams', '2', SOURCES[0]], { terminal: true });
    expect(beams.lines).toEqual([shown((await reference.generate(SOURCES[0], { numBeams: 2 })).text)]);
  });

  test('an interrupt ends it with 130 and leaves no file', async () => {
    const interrupt = new AbortController();
    const output = join(folder, 'never.txt');
    async function* endless(): AsyncGenerator<string> {
      for (let i = 0; ; i++) {
        if (i === 40) interrupt.abort(new Interrupted());
        yield `${SOURCES[i % 3]}\n`;
      }
    }
    const stdin = Readable.from(endless());
    const { code } = await run(['summarize', '-m', model, '-o', output], { stdin, signal: interrupt.signal });
    stdin.destroy();
    expect(code).toBe(130);
    expect((await readdir(folder)).filter((name) => name.includes('never'))).toEqual([]);
  });

  test('texts of an endless pipe are let go when their summaries are written', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const interrupt = new AbortController();
    const [text, lines] = ['Rain. '.repeat(12_000), 240];
    const heap: number[] = [];
    async function* endless(): AsyncGenerator<string> {
      for (let i = 1; ; i++) {
        if (i % 60 === 0) {
          collect();
          heap.push(process.memoryUsage().heapUsed);
        }
        if (i === lines) interrupt.abort(new Interrupted());
        yield `${SOURCES[i % 3]}${text}\n`;
      }
    }
    const stdin = Readable.from(endless());
    const options = ['--max-tokens', '2', '--max-length', '8', '-b', '2'];
    const { code } = await run(['summarize', '-m', model, ...options], { stdin, signal: interrupt.signal });
    stdin.destroy();
    expect(code).toBe(130);
    expect(heap).toHaveLength(4);
    // 8.6 MB of text came in between.
    expect(heap[3] - heap[1]).toBeLessThan(0.4 * 120 * text.length);
  }, 60_000);

  test('a terminal that shows tokens slowly holds generation up', async () => {
    const pieces: string[] = [];
    let most = 0;
    const stdout = Object.assign(
      new Writable({
        highWaterMark: 1,
        decodeStrings: false,
        write(chunk: string, _encoding, done) {
          pieces.push(chunk);
          most = Math.max(most, stdout.writableLength - chunk.length);
          setTimeout(done, 2);
        },
      }),
      { isTTY: true },
    );
    const { code } = await run(['summarize', '-m', model, ...SOURCES], { stdout });
    expect(code).toBe(0);
    expect(pieces.length).toBeGreaterThan(SOURCES.length + 2);
    // While a piece is written no other waits.
    expect(most).toBe(0);
    const expected = (await reference.generate(SOURCES)).map(({ text }) => shown(text));
    expect(pieces.join('').split('\n').slice(0, -1).map(shown)).toEqual(expected);
  });

  test('results go to a file whole', async () => {
    const output = join(folder, 'summaries.txt');
    const { code, stdout } = await run(['summarize', '-m', model, '-o', output, ...SOURCES]);
    expect([code, stdout]).toEqual([0, '']);
    expect((await readFile(output, 'utf8')).split('\n')).toHaveLength(4);
  });

  test('what is wrong is said, with the exit code of its kind', async () => {
    const encoder = await writeModelFolder(join(folder, 'encoder'));
    const cases: readonly (readonly [words: string[], code: number, message: string])[] = [
      [[SOURCES[0]], 2, '--model'],
      [['-m', model], 2, 'Nothing to summarize'],
      [['-m', model, ' '], 2, 'empty'],
      [['-m', model, '--whole', 'a text'], 2, '--whole'],
      [['-m', model, '--beams', '0', 'a'], 2, '1 to 1024'],
      [['-m', model, '--beams', '3', '--sample', 'a'], 2, 'numBeams'],
      [['-m', model, '--max-tokens', '100', 'a'], 2, 'maxNewTokens'],
      [['-m', encoder.directory, 'a'], 1, 'encoder-decoders that can be read are bart and cpt'],
      [['-m', join(folder, 'nothing'), 'a'], 1, 'NOT_FOUND'],
      [['-m', model, '-f', join(folder, 'nothing.txt')], 1, 'nothing.txt'],
    ];
    for (const [words, code, message] of cases) {
      const ran = await run(['summarize', ...words]);
      expect([words, ran.code, ran.stdout]).toEqual([words, code, '']);
      expect(ran.stderr).toContain(message);
    }
    const help = await run(['summarize', '--help']);
    expect(help.stdout).toContain('Examples:');
  });
});
