import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HasheeError } from '@hashee/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { propertyRuns } from '../../../tooling/vitest/parser-cases.js';
import { readSafetensors, type TensorToWrite, writeSafetensors } from '../src/index.js';
import { encodeF16, encodeRows } from '../src/safetensors/encode.js';
import { failure } from './failure.js';
import { temporaryFolder } from './temporary-folder.js';

const GOLDEN = join(import.meta.dirname, 'golden');
const expected = JSON.parse(await readFile(join(GOLDEN, 'dtypes.json'), 'utf8')) as Record<string, number[]>;

function f32(name: string, shape: readonly number[], values: readonly number[]): TensorToWrite {
  return { name, dtype: 'F32', shape, read: () => Float32Array.from(values) };
}

/** A file with this header and this many bytes of data. */
async function craft(header: unknown, dataBytes: number, text = JSON.stringify(header)): Promise<string> {
  const json = Buffer.from(text);
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(json.length));
  const path = join(await temporaryFolder(), 'model.safetensors');
  await writeFile(path, Buffer.concat([prefix, json, Buffer.alloc(dataBytes)]));
  return path;
}

describe('reading what PyTorch wrote', () => {
  it.each(['f32', 'f16', 'bf16', 'i8', 'empty', 'scalar'])('%s', async (name) => {
    const weights = await readSafetensors(join(GOLDEN, 'dtypes.safetensors'));
    expect(await weights.read(name)).toEqual(Float32Array.from(expected[name]));
  });

  it('lists tensors without the scales of 8-bit ones, and their shapes and types', async () => {
    const weights = await readSafetensors(join(GOLDEN, 'dtypes.safetensors'));
    expect([...weights.names()].sort()).toEqual(
      ['bf16', 'empty', 'f16', 'f32', 'f64', 'i32', 'i8', 'lonely', 'position_ids', 'scalar', 'u8'].sort(),
    );
    expect(weights.shape('f16')).toEqual([13, 2]);
    expect(weights.dtype('position_ids')).toBe('I64');
    expect(weights.metadata).toEqual({ format: 'pt' });
    expect(await weights.readRaw('u8')).toEqual(Uint8Array.of(0, 1, 2, 3, 4));
  });

  it('says where F32 bytes lie, and of nothing else', async () => {
    const weights = await readSafetensors(join(GOLDEN, 'dtypes.safetensors'));
    const { path, byteOffset, byteLength } = weights.location('f32')!;
    const bytes = (await readFile(path)).subarray(byteOffset, byteOffset + byteLength);
    expect(new Float32Array(Uint8Array.from(bytes).buffer)).toEqual(Float32Array.from(expected['f32']));
    expect(weights.location('f16')).toBeUndefined();
    expect(weights.location('i8')).toBeUndefined();
  });

  it('refuses to take other types for weights, and 8-bit ones without scales', async () => {
    const weights = await readSafetensors(join(GOLDEN, 'dtypes.safetensors'));
    for (const name of ['f64', 'i32', 'position_ids', 'u8', 'lonely'])
      expect((await failure(weights.read(name))).code).toBe('INVALID_CHECKPOINT');
    expect((await failure(weights.read('lonely'))).message).toContain('lonely.scale');
    expect((await failure(weights.read('absent'))).code).toBe('NOT_FOUND');
  });
});

describe('writing', () => {
  it('gives back names, shapes, types, metadata and bytes', async () => {
    const path = join(await temporaryFolder(), 'model.safetensors');
    await writeSafetensors(
      path,
      [
        { name: 'bytes', dtype: 'U8', shape: [3], read: () => Uint8Array.of(1, 2, 3) },
        f32('__proto__', [2], [1, 2]),
        f32('constructor', [1, 1], [3]),
      ],
      { metadata: { format: 'pt', by: 'test' } },
    );
    const weights = await readSafetensors(path);
    expect(weights.names()).toEqual(['__proto__', 'constructor', 'bytes']);
    expect(await weights.read('__proto__')).toEqual(Float32Array.of(1, 2));
    expect(await weights.readRaw('bytes')).toEqual(Uint8Array.of(1, 2, 3));
    expect(weights.location('constructor')!.byteOffset % 4).toBe(0);
    expect(weights.location('__proto__')!.byteOffset % 64).toBe(0);
    expect(weights.metadata).toEqual({ format: 'pt', by: 'test' });
  });

  it('rounds to half precision as PyTorch does', () => {
    expect(Array.from(encodeF16(Float32Array.from(expected['f32']), 'x'))).toEqual(expected['f16bits']);
    expect(() => encodeF16(Float32Array.of(65520), 'x')).toThrow(/65520/);
  });

  it('rounds halves exactly half way between two to the even one', () => {
    // 1 + 2^-11 lies between 0x3c00 and 0x3c01, 1 + 3·2^-11 between 0x3c01 and 0x3c02, 2^-25 between 0 and 1.
    expect(Array.from(encodeF16(Float32Array.of(1 + 2 ** -11, 1 + 3 * 2 ** -11, 2 ** -25, 3 * 2 ** -25), 'x'))).toEqual(
      [0x3c00, 0x3c02, 0, 2],
    );
  });

  it('moves no 8-bit value by more than half a step of its row', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true, min: -4, max: 4 }), { minLength: 4, maxLength: 40 }), (values) => {
        const matrix = Float32Array.from(values.slice(0, values.length - (values.length % 2)));
        const { integers, scales } = encodeRows(matrix, 2);
        matrix.forEach((value, i) => {
          const scale = scales[Math.floor(i / (matrix.length / 2))];
          expect(Math.abs(integers[i] * scale - value)).toBeLessThanOrEqual(scale * 0.5001 + 127 * 2 ** -126);
        });
      }),
    );
  });

  it('leaves the old file and nothing else when a tensor fails half way', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'model.safetensors');
    await writeSafetensors(path, [f32('a', [1], [1])]);
    const tensors: TensorToWrite[] = [
      f32('a', [1], [2]),
      {
        name: 'b',
        dtype: 'F32',
        shape: [1],
        read: () => {
          throw new HasheeError('IO', 'broken');
        },
      },
    ];
    expect((await failure(writeSafetensors(path, tensors))).message).toBe('broken');
    expect(await readdir(folder)).toEqual(['model.safetensors']);
    expect(await (await readSafetensors(path)).read('a')).toEqual(Float32Array.of(1));
  });

  it('refuses wrong sizes, unknown types, double names and an aborted signal, and leaves nothing', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'model.safetensors');
    const write = (...tensors: TensorToWrite[]): Promise<HasheeError> => failure(writeSafetensors(path, tensors));
    expect((await write(f32('a', [2], [1]))).fields).toMatchObject({ expected: 8, actual: 4 });
    expect((await write({ ...f32('a', [1], [1]), dtype: 'F31' })).fields).toMatchObject({ dtype: 'F31' });
    expect((await write(f32('a', [1], [1]), f32('a', [1], [1]))).message).toContain('"a"');
    expect((await write(f32('a', [-1, -1], [1]))).code).toBe('INVALID_ARGUMENT');
    const signal = AbortSignal.abort();
    expect((await failure(writeSafetensors(path, [f32('a', [1], [1])], { signal }))).code).toBe('ABORTED');
    expect(await readdir(folder)).toEqual([]);
  });

  it('says why where it cannot write', async () => {
    const error = await failure(writeSafetensors('/proc/nowhere/model.safetensors', [f32('a', [1], [1])]));
    expect(error.code).toBe('IO');
    expect(error.message).toContain('/proc/nowhere/model.safetensors');
    const full = await failure(writeSafetensors(join(await temporaryFolder(), 'absent', 'x'), [f32('a', [1], [1])]));
    expect(full.code).toBe('IO');
  });
});

describe('hostile files', () => {
  const entry = (shape: unknown, offsets: unknown, dtype: unknown = 'F32'): unknown => ({
    dtype,
    shape,
    data_offsets: offsets,
  });
  it.each<[string, unknown, number, RegExp]>([
    ['header is an array', [], 0, /not a JSON object/],
    ['header is null', null, 0, /not a JSON object/],
    ['tensor is not an object', { a: 3 }, 0, /"a" is not described/],
    ['unknown type', { a: entry([1], [0, 4], 'F33') }, 4, /unknown type "F33"/],
    ['type from the prototype', { a: entry([1], [0, 4], 'constructor') }, 4, /unknown type/],
    ['type is a number', { a: entry([1], [0, 4], 4) }, 4, /unknown type 4/],
    ['shape is a string', { a: entry('1', [0, 4]) }, 4, /shape "1"/],
    ['shape is negative', { a: entry([-1, -1], [0, 4]) }, 4, /shape \[-1,-1\]/],
    ['shape is fractional', { a: entry([0.5, 2], [0, 4]) }, 4, /shape/],
    ['shape overflows', { a: entry([2 ** 40, 2 ** 40], [0, 4]) }, 4, /needs/],
    ['shape does not fit', { a: entry([2], [0, 4]) }, 4, /needs 8 bytes, its offsets give 4/],
    ['offsets missing', { a: { dtype: 'F32', shape: [1] } }, 4, /offsets undefined/],
    ['offsets backwards', { a: entry([1], [4, 0]) }, 4, /offsets \[4,0\]/],
    ['offsets negative', { a: entry([1], [-4, 0]) }, 4, /offsets/],
    ['offsets beyond the file', { a: entry([2], [0, 8]) }, 4, /ends at byte/],
    ['overlap', { a: entry([2], [0, 8]), b: entry([1], [4, 8]) }, 8, /"b" overlaps/],
    ['hole', { a: entry([1], [0, 4]), b: entry([1], [8, 12]) }, 12, /4 bytes before tensor "b"/],
    ['bytes at the end', { a: entry([1], [0, 4]) }, 9, /5 bytes at its end/],
    ['metadata is a list', { __metadata__: [1] }, 0, /__metadata__/],
    ['metadata of numbers', { __metadata__: { a: 1 } }, 0, /__metadata__/],
  ])('%s', async (_, header, bytes, message) => {
    const error = await failure(readSafetensors(await craft(header, bytes)));
    expect(error.code).toBe('INVALID_CHECKPOINT');
    expect(error.message).toMatch(message);
  });

  it.each([
    ['{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4],
    [
      '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\\u0061" :{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}',
      4,
    ],
    ['{"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}', 4],
  ])('the same name twice: %s', async (text, bytes) => {
    expect((await failure(readSafetensors(await craft(undefined, bytes, text)))).message).toMatch(/twice/);
  });

  it('keys named __proto__ are tensors like others and change no prototype', async () => {
    const text = '{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}';
    const weights = await readSafetensors(await craft(undefined, 4, text));
    expect(await weights.read('__proto__')).toEqual(Float32Array.of(0));
    expect(({} as Record<string, unknown>)['dtype']).toBeUndefined();
  });

  it('a string in the JSON that looks like structure is no duplicate', async () => {
    const text =
      '{"__metadata__":{"x":"{\\"a\\":1,\\"a\\":2}","y":"a"},"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}';
    expect((await readSafetensors(await craft(undefined, 1, text))).names()).toEqual(['a']);
  });

  it('a header that is not JSON, or not UTF-8', async () => {
    expect((await failure(readSafetensors(await craft(undefined, 0, '{"a":')))).message).toMatch(/not JSON/);
    const path = await craft(undefined, 0, '{"a":1}');
    const bytes = await readFile(path);
    bytes[11] = 0xff;
    await writeFile(path, bytes);
    expect((await failure(readSafetensors(path))).message).toMatch(/not JSON/);
  });

  it.each([
    [Buffer.alloc(0), /has 0 bytes/],
    [Buffer.alloc(7), /has 7 bytes/],
    [Buffer.from('0500000000000000aa', 'hex'), /claims 5 bytes, but only 1 follow/],
    [Buffer.from('ffffffffffffffff00', 'hex'), /claims 18446744073709551615 bytes, the format allows/],
    [Buffer.from('PK\x03\x04 a zip archive from torch.save', 'latin1'), /another kind of file/],
  ])('a prefix that lies: %#', async (bytes, message) => {
    const path = join(await temporaryFolder(), 'model.safetensors');
    await writeFile(path, bytes);
    expect((await failure(readSafetensors(path))).message).toMatch(message);
  });

  it('cut off anywhere, or with any byte of the header changed: refused, or read without a crash', async () => {
    const whole = await readFile(join(GOLDEN, 'dtypes.safetensors'));
    const path = join(await temporaryFolder(), 'model.safetensors');
    const headerEnd = 8 + Number(whole.readBigUInt64LE());
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length - 1 }), async (length) => {
        await writeFile(path, whole.subarray(0, length));
        expect((await failure(readSafetensors(path))).code).toBe('INVALID_CHECKPOINT');
      }),
      { numRuns: propertyRuns(60) },
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(headerEnd - 1), fc.integer({ min: 0, max: 255 }), async (position, byte) => {
        const bytes = Buffer.from(whole);
        bytes[position] = byte;
        await writeFile(path, bytes);
        try {
          const weights = await readSafetensors(path);
          for (const name of weights.names()) await weights.readRaw(name);
        } catch (error) {
          expect(HasheeError.isInstance(error, 'INVALID_CHECKPOINT')).toBe(true);
        }
      }),
      { numRuns: propertyRuns(200) },
    );
  });

  it('any JSON as header: refused, or read without a crash', async () => {
    const size = fc.oneof(fc.nat(9), fc.integer(), fc.double(), fc.constantFrom(2 ** 53, -0, 1e308));
    const tensor = fc.record(
      {
        dtype: fc.oneof(fc.constantFrom('F32', 'U8', 'BOOL', 'F4', '__proto__'), fc.jsonValue()),
        shape: fc.oneof(fc.array(size, { maxLength: 4 }), fc.jsonValue()),
        data_offsets: fc.oneof(fc.tuple(size, size), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    const header = fc.oneof(
      fc.dictionary(
        fc.oneof(fc.string(), fc.constantFrom('__metadata__', '__proto__', 'a')),
        fc.oneof(tensor, fc.jsonValue()),
      ),
      fc.jsonValue(),
    );
    const path = await craft({}, 0);
    await fc.assert(
      fc.asyncProperty(header, fc.nat(12), async (value, bytes) => {
        const json = Buffer.from(JSON.stringify(value));
        const prefix = Buffer.alloc(8);
        prefix.writeBigUInt64LE(BigInt(json.length));
        await writeFile(path, Buffer.concat([prefix, json, Buffer.alloc(bytes)]));
        try {
          const weights = await readSafetensors(path);
          for (const name of weights.names()) await weights.readRaw(name);
        } catch (error) {
          expect(HasheeError.isInstance(error, 'INVALID_CHECKPOINT')).toBe(true);
        }
      }),
      { numRuns: propertyRuns(400) },
    );
  });

  it('JSON nested as deep as a stack', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const text = `{"a":{"dtype":${deep},"shape":[],"data_offsets":[0,0]}}`;
    expect((await failure(readSafetensors(await craft(undefined, 0, text)))).message).toMatch(/nested too deeply/);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('%s as a weight', async (value) => {
    const path = join(await temporaryFolder(), 'model.safetensors');
    const values = new Float32Array(600_000);
    values[599_998] = value;
    await writeSafetensors(path, [
      { name: 'w', dtype: 'F32', shape: [600_000], read: () => values },
      { name: 'h', dtype: 'F16', shape: [1], read: () => Uint16Array.of(value < 0 ? 0xfc00 : 0x7e00) },
      { name: 'b', dtype: 'BF16', shape: [1], read: () => Uint16Array.of(value < 0 ? 0xff80 : 0x7fc0) },
      { name: 'q', dtype: 'I8', shape: [1, 1], read: () => Int8Array.of(1) },
      f32('q.scale', [1], [value]),
    ]);
    const weights = await readSafetensors(path);
    expect((await failure(weights.read('w'))).fields).toMatchObject({ name: 'w', index: 599_998 });
    expect((await failure(weights.verify('w'))).fields).toMatchObject({ name: 'w', index: 599_998 });
    for (const [name, culprit] of [
      ['h', 'h'],
      ['b', 'b'],
      ['q', 'q.scale'],
    ])
      expect((await failure(weights.read(name))).fields).toMatchObject({ name: culprit, index: 0 });
  });

  it('a folder, a missing file, and a file that changes after it was opened', async () => {
    const folder = await temporaryFolder();
    expect((await failure(readSafetensors(folder))).code).toBe('INVALID_CHECKPOINT');
    expect((await failure(readSafetensors(join(folder, 'absent.safetensors')))).code).toBe('NOT_FOUND');
    const path = join(folder, 'model.safetensors');
    await writeSafetensors(path, [f32('a', [1], [1])]);
    const weights = await readSafetensors(path);
    await writeSafetensors(path, [f32('a', [1], [2])]);
    expect((await failure(weights.read('a'))).message).toMatch(/changed after/);
    await rename(path, `${path}.old`);
    expect((await failure(weights.read('a'))).code).toBe('NOT_FOUND');
  });
});

describe('sharded models', () => {
  async function shards(map: unknown): Promise<string> {
    const folder = await temporaryFolder();
    await writeSafetensors(join(folder, 'model-00001-of-00002.safetensors'), [f32('a', [2], [1, 2])]);
    await writeSafetensors(join(folder, 'model-00002-of-00002.safetensors'), [
      f32('b', [1], [3]),
      f32('spare', [1], [0]),
    ]);
    const index = join(folder, 'model.safetensors.index.json');
    await writeFile(index, JSON.stringify({ metadata: { total_size: 12 }, weight_map: map }));
    return index;
  }

  it('reads each tensor from its file', async () => {
    const weights = await readSafetensors(
      await shards({ a: 'model-00001-of-00002.safetensors', b: 'model-00002-of-00002.safetensors' }),
    );
    expect(weights.names()).toEqual(['a', 'b']);
    expect(await weights.read('b')).toEqual(Float32Array.of(3));
    expect((await stat(weights.location('a')!.path)).isFile()).toBe(true);
  });

  it.each([
    ['outside the folder', { a: '../model.safetensors' }],
    ['absolute', { a: '/etc/passwd' }],
    ['hidden in a folder', { a: 'x/model.safetensors' }],
    ['not a name', { a: 7 }],
    ['no map', [1]],
  ])('refuses files %s', async (_, map) => {
    expect((await failure(readSafetensors(await shards(map)))).code).toBe('INVALID_CHECKPOINT');
  });

  it('refuses a shard that is missing, and a tensor that its shard lacks', async () => {
    expect((await failure(readSafetensors(await shards({ a: 'model-00003-of-00002.safetensors' })))).code).toBe(
      'NOT_FOUND',
    );
    expect((await failure(readSafetensors(await shards({ b: 'model-00001-of-00002.safetensors' })))).code).toBe(
      'NOT_FOUND',
    );
  });
});
