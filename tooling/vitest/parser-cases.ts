import fc from 'fast-check';

/** How many cases a property gets: `usual`, or what `FAST_CHECK_RUNS` says. */
export function propertyRuns(usual: number): number {
  return Number(process.env['FAST_CHECK_RUNS'] ?? usual);
}

type Json = Record<string, unknown>;

const values: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue(),
  fc.constant(undefined),
  fc.integer(),
  fc.double(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('__proto__', 'constructor', '../../x', 'gelu', '', -1, 2 ** 31, 2 ** 53, 1e308, {}, [], null),
);

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

/** A sound document of JSON in which one to three values were replaced by anything or left out, as it would be read from a file. */
export function alteredJson(document: unknown): fc.Arbitrary<unknown> {
  const change = fc.tuple(fc.array(fc.nat(500), { minLength: 1, maxLength: 6 }), values);
  return fc.array(change, { minLength: 1, maxLength: 3 }).map((changes) => {
    const altered = changes.reduce((current, [steps, value]) => replaceAt(current, steps, value), document);
    return JSON.parse(JSON.stringify(altered) ?? 'null') as unknown;
  });
}

/**
 * Bytes near those of a sound file: pieces of it cut out, doubled, or replaced by other bytes; now and then nothing of it at all.
 * @param tokens what the format gives a meaning to, such as quotes and tabs
 */
export function alteredBytes(sound: Buffer, tokens: readonly string[]): fc.Arbitrary<Buffer> {
  const piece = fc.oneof(
    fc.constantFrom(...tokens, '\0', '\uFEFF', '\r', '\n\n').map((text) => Buffer.from(text)),
    fc.string({ unit: 'binary', maxLength: 8 }).map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
  );
  const change = fc.tuple(fc.nat(sound.length), fc.nat(12), piece);
  const near = fc.array(change, { minLength: 1, maxLength: 5 }).map((changes) =>
    changes.reduce((bytes, [at, length, insert]) => {
      const start = Math.min(at, bytes.length);
      return Buffer.concat([bytes.subarray(0, start), insert, bytes.subarray(start + length)]);
    }, sound),
  );
  const made = fc.array(piece, { maxLength: 30 }).map((pieces) => Buffer.concat(pieces));
  return fc.oneof({ weight: 4, arbitrary: near }, { weight: 1, arbitrary: made });
}

/**
 * Reads something hostile. It may be refused, but only with an error of ours with one of these codes.
 * @returns what was read; undefined where it was refused
 */
export async function readOrRefuse<T>(codes: readonly string[], read: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    const { name, code } = error as { name?: unknown; code?: unknown };
    if (name === 'HasheeError' && codes.includes(String(code))) return undefined;
    throw error;
  }
}
