import { describe, expect, it } from 'vitest';
import {
  collate,
  defineEncoderConfig,
  exitLayersOf,
  HasheeError,
  selectSequences,
  type TokenBatch,
  validateBatch,
} from '../src/index.js';

const config = defineEncoderConfig({ vocabSize: 10, hiddenSize: 4, headCount: 2, layers: 3, maxLength: 4 });

/** The fields of the error, after a look at its code and message. */
function refusal(action: () => unknown, message: string | RegExp): Readonly<Record<string, unknown>> {
  try {
    action();
  } catch (error) {
    if (!HasheeError.isInstance(error, 'INVALID_BATCH')) throw error;
    expect(error.message).toMatch(message);
    return error.fields;
  }
  throw new Error('was not refused');
}

describe('collate', () => {
  it('puts sequences side by side without padding', () => {
    const batch = collate([
      { inputIds: [1, 2, 3] },
      { inputIds: Int32Array.of(4), tokenTypeIds: [1] },
      { inputIds: [5, 6], tokenTypeIds: Uint8Array.of(0, 1) },
    ]);
    expect(batch).toEqual({
      inputIds: Int32Array.of(1, 2, 3, 4, 5, 6),
      tokenTypeIds: Uint8Array.of(0, 0, 0, 1, 0, 1),
      offsets: Int32Array.of(0, 3, 4, 6),
    });
    validateBatch(batch, config);
  });

  it('makes an empty batch of no sequences', () => {
    const batch = collate([]);
    expect(batch).toEqual({ inputIds: new Int32Array(0), tokenTypeIds: new Uint8Array(0), offsets: Int32Array.of(0) });
    validateBatch(batch, config);
  });

  it('carries exit layers where all sequences have them', () => {
    const batch = collate([
      { inputIds: [1, 2], exitLayers: [3, 1] },
      { inputIds: [3], exitLayers: [2] },
    ]);
    expect(batch.exitLayers).toEqual(Uint8Array.of(3, 1, 2));
  });

  it('refuses exit layers for some sequences, and lists of other lengths', () => {
    refusal(
      () => collate([{ inputIds: [1], exitLayers: [1] }, { inputIds: [2] }]),
      'all sequences or none, got 1 of 2',
    );
    const mixed = [{ inputIds: [1] }, { inputIds: [1, 2], tokenTypeIds: [0] }];
    expect(refusal(() => collate(mixed), 'Sequence 1: tokenTypeIds has 1 entries, inputIds has 2')).toEqual({
      sequence: 1,
      field: 'tokenTypeIds',
      expected: 2,
      actual: 1,
    });
    refusal(() => collate([{ inputIds: [1], exitLayers: [1, 2] }]), 'exitLayers has 2 entries, inputIds has 1');
  });
});

describe('selectSequences', () => {
  const sequences = [
    { inputIds: [1, 2, 3], tokenTypeIds: [0, 0, 1], exitLayers: [3, 1, 3] },
    { inputIds: [4], tokenTypeIds: [1], exitLayers: [2] },
    { inputIds: [5, 6], tokenTypeIds: [0, 1], exitLayers: [1, 2] },
  ];

  it('takes sequences in the order given', () => {
    for (const rows of [[2, 0], [1], [], [0, 0, 1, 2]])
      expect(selectSequences(collate(sequences), rows)).toEqual(collate(rows.map((row) => sequences[row])));
  });

  it('leaves a batch without exit layers without them', () => {
    const plain = collate(sequences.map(({ inputIds, tokenTypeIds }) => ({ inputIds, tokenTypeIds })));
    expect(selectSequences(plain, [1])).not.toHaveProperty('exitLayers');
  });
});

describe('validateBatch', () => {
  const sound = collate([
    { inputIds: [1, 2, 3], exitLayers: [3, 1, 3] },
    { inputIds: [4, 5], exitLayers: [1, 2] },
  ]);
  const broken = (change: Partial<TokenBatch>): (() => void) => {
    const batch = { ...sound, ...change };
    return () => validateBatch(batch, config);
  };

  it('accepts a sound batch', () => {
    validateBatch(sound, config);
  });

  it.each<[string, Partial<TokenBatch>, string]>([
    [
      'token types of another length',
      { tokenTypeIds: new Uint8Array(4) },
      'tokenTypeIds has 4 entries, inputIds has 5',
    ],
    ['exit layers of another length', { exitLayers: Uint8Array.of(1) }, 'exitLayers has 1 entries, inputIds has 5'],
    ['no offsets', { offsets: new Int32Array(0) }, 'offsets must run from 0 to the 5 tokens'],
    ['offsets that begin late', { offsets: Int32Array.of(1, 5) }, 'offsets must run from 0'],
    ['offsets that end early', { offsets: Int32Array.of(0, 3) }, 'offsets must run from 0'],
    ['offsets that fall', { offsets: Int32Array.of(0, 3, 2, 5) }, 'Sequence 1 is empty'],
    [
      'an empty sequence',
      { offsets: Int32Array.of(0, 3, 3, 5) },
      'Sequence 1 is empty; a sequence has at least one token',
    ],
    ['a long sequence', { offsets: Int32Array.of(0, 5) }, 'Sequence 0 has 5 tokens, the model takes at most 4'],
    [
      'an id beyond the vocabulary',
      { inputIds: Int32Array.of(1, 2, 3, 10, 5) },
      'Token 3 has id 10, the vocabulary has 10',
    ],
    ['a negative id', { inputIds: Int32Array.of(1, 2, -1, 4, 5) }, 'Token 2 has id -1'],
    ['an unknown segment', { tokenTypeIds: Uint8Array.of(0, 1, 2, 0, 0) }, 'Token 2 has segment 2, the model has 2'],
    ['exit layer 0', { exitLayers: Uint8Array.of(3, 0, 3, 1, 2) }, 'Token 1 exits at layer 0, expected 1 to 3'],
    ['an exit above L', { exitLayers: Uint8Array.of(3, 1, 3, 4, 2) }, 'Token 3 exits at layer 4, expected 1 to 3'],
  ])('refuses %s', (_, change, message) => {
    refusal(broken(change), message);
  });

  it('ignores segments for a model that has none', () => {
    validateBatch({ ...sound, tokenTypeIds: Uint8Array.of(0, 1, 9, 0, 0) }, { ...config, typeVocabSize: 0 });
  });
});

describe('exitLayersOf', () => {
  const table = { layers: 3, exitLayer: Uint8Array.of(3, 1, 2, 3, 1), hash: { name: 'custom', parameters: {} } };
  const batch = collate([{ inputIds: [1, 2] }, { inputIds: [0, 4] }]);

  it("takes the batch's own, else the table's, else L", () => {
    expect(exitLayersOf({ ...batch, exitLayers: Uint8Array.of(2, 2, 2, 2) }, 3, table)).toEqual(
      Uint8Array.of(2, 2, 2, 2),
    );
    expect(exitLayersOf(batch, 3, table)).toEqual(Uint8Array.of(1, 2, 3, 1));
    expect(exitLayersOf(batch, 3)).toEqual(Uint8Array.of(3, 3, 3, 3));
  });
});
