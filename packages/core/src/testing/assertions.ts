import { HasheeError, type HasheeErrorCode } from '../errors.js';

/** @throws HasheeError `NOT_CONFORMING`, always */
export function fail(message: string, fields: Record<string, unknown> = {}): never {
  throw new HasheeError('NOT_CONFORMING', message, { fields });
}

export function assertTrue(condition: boolean, message: string, fields?: Record<string, unknown>): asserts condition {
  if (!condition) fail(message, fields);
}

export function assertEqual(actual: unknown, expected: unknown, what: string): void {
  if (!Object.is(actual, expected))
    fail(`${what}: expected ${String(expected)}, got ${String(actual)}.`, { actual, expected });
}

/** Same length, and every value identical to the bit. */
export function assertSame(actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  assertEqual(actual.length, expected.length, `${what}: length`);
  for (let i = 0; i < expected.length; i++)
    if (!Object.is(actual[i], expected[i])) assertEqual(actual[i], expected[i], `${what}: value ${i}`);
}

/** Same length, no value further than `tolerance` from the expected one. NaN never passes. */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  assertEqual(actual.length, expected.length, `${what}: length`);
  let worst = -1;
  let difference = 0;
  for (let i = 0; i < expected.length; i++) {
    const here = Math.abs(actual[i] - expected[i]);
    if (here <= difference) continue;
    worst = i;
    difference = here;
    if (Number.isNaN(here)) break;
  }
  if (!(difference <= tolerance))
    fail(
      `${what}: value ${worst} is ${actual[worst]}, expected ${expected[worst]}: ${difference.toExponential(2)} apart, at most ${tolerance} allowed.`,
      { index: worst, actual: actual[worst], expected: expected[worst], tolerance },
    );
}

/** The action must throw or reject with a HasheeError of one of these codes; returns it. */
export async function assertRefused(
  action: () => unknown,
  codes: HasheeErrorCode | readonly HasheeErrorCode[],
  what: string,
): Promise<HasheeError> {
  const accepted = typeof codes === 'string' ? [codes] : codes;
  let result: unknown;
  try {
    result = await action();
  } catch (error) {
    if (HasheeError.isInstance(error) && accepted.includes(error.code)) return error;
    const came = HasheeError.isInstance(error) ? `${error.code} (${error.message})` : String(error);
    return fail(`${what}: expected a HasheeError with code ${accepted.join(' or ')}, got ${came}.`, {
      accepted,
      error,
    });
  }
  return fail(`${what}: expected to be refused with ${accepted.join(' or ')}, but it succeeded.`, { accepted, result });
}
