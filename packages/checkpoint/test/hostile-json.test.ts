import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alteredJson, propertyRuns, readOrRefuse } from '../../../tooling/vitest/parser-cases.js';
import { readConfig } from '../src/config/read-config.js';
import { formatHasheeFile, parseHasheeFile } from '../src/hashee/hashee-file.js';
import { JsonTokenizer } from '../src/index.js';

type Json = Record<string, unknown>;

const INVALID = [
  'INVALID_CONFIG',
  'INVALID_CHECKPOINT',
  'INVALID_TABLE',
  'INVALID_TOKENIZER',
  'INVALID_ARGUMENT',
  'UNSUPPORTED',
];
const GOLDEN = join(import.meta.dirname, 'golden');

async function golden(...path: string[]): Promise<Json> {
  return JSON.parse(await readFile(join(GOLDEN, ...path), 'utf8')) as Json;
}

/** Whatever becomes of some places of a sound document, it is read or refused, and nothing else happens. */
async function survives(
  document: Json,
  codes: readonly string[],
  use: (altered: Json) => void,
  runs: number,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(alteredJson(document), async (altered) => {
      if (typeof altered !== 'object' || altered === null || Array.isArray(altered)) return;
      await readOrRefuse(codes, () => use(altered as Json));
    }),
    { numRuns: propertyRuns(runs) },
  );
}

describe('some values of a sound file replaced by anything', () => {
  it.each(['bert', 'roberta', 'distilbert', 'electra', 'albert'])('config.json of %s', async (name) => {
    const config = { ...(await golden('families', name, 'config.json')), pruned_heads: { 0: [1] } };
    await survives(config, INVALID, (changed) => readConfig(changed, 'config.json'), 500);
  });

  it.each(['bert', 'roberta', 'albert'])('tokenizer.json of %s', async (name) => {
    const file = await golden('tokenizers', name, 'tokenizer.json');
    await survives(
      file,
      INVALID,
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
    await survives(
      settings,
      INVALID,
      (changed) => new JsonTokenizer(file, { settings: changed }).encode('The quick'),
      60,
    );
  });

  it('hashee.json', async () => {
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
    await survives(
      JSON.parse(text),
      INVALID,
      (changed) => {
        const file = parseHasheeFile(changed, 'hashee.json');
        const again: Json = JSON.parse(formatHasheeFile(file));
        expect(parseHasheeFile(again, 'hashee.json')).toEqual(file);
      },
      1000,
    );
  });
});
