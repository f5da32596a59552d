import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HasheeError } from '@hashee/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../src/config/read-config.js';
import { formatHasheeFile, parseHasheeFile } from '../src/hashee/hashee-file.js';
import { JsonTokenizer } from '../src/index.js';

type Json = Record<string, unknown>;

const GOLDEN = join(import.meta.dirname, 'golden');

async function golden(...path: string[]): Promise<Json> {
  return JSON.parse(await readFile(join(GOLDEN, ...path), 'utf8')) as Json;
}

/** The document with the value at one place replaced, or removed. `steps` choose the place. */
function replaceAt(document: unknown, steps: readonly number[], value: unknown): unknown {
  if (typeof document !== 'object' || document === null || steps.length === 0) return value;
  const copy = (Array.isArray(document) ? [...document] : { ...document }) as Json;
  const keys = Object.keys(copy);
  if (keys.length === 0) return value;
  const key = keys[steps[0] % keys.length];
  const next = replaceAt(copy[key], steps.slice(1), value);
  if (next === undefined) delete copy[key];
  else copy[key] = next;
  return copy;
}

const changes = fc.tuple(
  fc.array(fc.nat(500), { minLength: 1, maxLength: 4 }),
  fc.oneof(
    fc.jsonValue(),
    fc.constant(undefined),
    fc.integer(),
    fc.double(),
    fc.constantFrom('__proto__', 'gelu', -1, 2 ** 31, {}, []),
  ),
);

/** Whatever one place of a sound document becomes, it is read or refused, and nothing else happens. */
function survives(document: Json, use: (changed: Json) => void, runs: number): void {
  fc.assert(
    fc.property(changes, ([steps, value]) => {
      const changed: unknown = JSON.parse(JSON.stringify(replaceAt(document, steps, value)) ?? 'null');
      if (typeof changed !== 'object' || changed === null || Array.isArray(changed)) return;
      try {
        use(changed as Json);
      } catch (error) {
        expect(HasheeError.isInstance(error), String((error as Error).stack)).toBe(true);
      }
    }),
    { numRuns: runs },
  );
}

describe('one value of a sound file replaced by anything', () => {
  it.each(['bert', 'roberta', 'distilbert', 'electra', 'albert'])('config.json of %s', async (name) => {
    const config = { ...(await golden('families', name, 'config.json')), pruned_heads: { 0: [1] } };
    survives(config, (changed) => readConfig(changed, 'config.json'), 500);
  });

  it.each(['bert', 'roberta', 'albert'])('tokenizer.json of %s', async (name) => {
    const file = await golden('tokenizers', name, 'tokenizer.json');
    survives(
      file,
      (changed) => {
        const tokenizer = new JsonTokenizer(changed);
        expect(tokenizer.fingerprint).toMatch(/^[0-9a-f]{64}$/);
        const { inputIds } = tokenizer.encode(['The quick [MASK] <mask> brown-fox 电影', 'été'], { maxLength: 16 });
        for (const id of inputIds) expect(id).toBeLessThan(tokenizer.vocabSize);
      },
      150,
    );
  });

  it('tokenizer_config.json', async () => {
    const file = await golden('tokenizers', 'bert', 'tokenizer.json');
    const settings = {
      ...(await golden('tokenizers', 'bert', 'tokenizer_config.json')),
      additional_special_tokens: ['the'],
    };
    survives(settings, (changed) => new JsonTokenizer(file, { settings: changed }).encode('The quick'), 60);
  });

  it('hashee.json', () => {
    const text = formatHasheeFile({
      layers: 3,
      vocabulary: 20,
      tokenizerFingerprint: 'a',
      heads: [{ name: 'main', task: 'regression', labels: ['score'], layer: 3, dense: 'tanh', dropout: 0.1 }],
      exitTable: { tensor: 'hashee.exit_layers', hash: { name: 'frequency', parameters: { buckets: 3 } } },
      metadata: {
        method: { name: 'hashee', parameters: {} },
        training: { task: 'x' },
        quality: [{ name: 'accuracy', value: 1 }],
      },
    });
    survives(JSON.parse(text), (changed) => parseHasheeFile(changed, 'hashee.json'), 1000);
  });
});
