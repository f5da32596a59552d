import type { GenerationOptions } from './generation-options.js';
import { refuse } from './refuse.js';

/** Longest and shortest output in tokens, the start token included. */
export interface Lengths {
  readonly maxLength: number;
  readonly minLength: number;
}

/** Where nobody says anything, as in transformers. */
const MAX_NEW_TOKENS = 20;

/** A length as somebody said it. */
interface Said {
  readonly option: 'maxLength' | 'maxNewTokens' | 'minLength' | 'minNewTokens';
  readonly value: number;
  /** The start token included. */
  readonly length: number;
  /** By a caller, not by the model's authors. */
  readonly byCaller: boolean;
}

/**
 * A length of the caller replaces both kinds of length below it. Where generation_config.json has both, the one in new tokens counts, as in
 * transformers, and a shortest output that is longer than the longest ends there. Callers who contradict themselves so are told.
 * @param layers first wins; the last is the model's
 * @param longest that the decoder takes
 * @throws HasheeError `INVALID_ARGUMENT`
 */
export function resolveLengths(layers: readonly GenerationOptions[], longest: number): Lengths {
  const most = lengthIn(layers, 'maxLength', 'maxNewTokens', { low: 2, longest });
  const least = lengthIn(layers, 'minLength', 'minNewTokens', { low: 0, longest });
  const added = Math.min(MAX_NEW_TOKENS, longest - 1);
  const { option, value, length: maxLength } = most ?? { option: 'maxNewTokens', value: added, length: added + 1 };
  if (least?.byCaller && least.length > maxLength)
    refuse(
      least.option,
      `at most ${maxLength - (least.option === 'minNewTokens' ? 1 : 0)}, because outputs end there (${option} is ${value})`,
      least.value,
    );
  return { maxLength, minLength: least?.length ?? 0 };
}

function lengthIn(
  layers: readonly GenerationOptions[],
  whole: 'maxLength' | 'minLength',
  added: 'maxNewTokens' | 'minNewTokens',
  { low, longest }: { readonly low: number; readonly longest: number },
): Said | undefined {
  const depth = layers.findIndex((layer) => layer[whole] !== undefined || layer[added] !== undefined);
  if (depth < 0) return undefined;
  const byCaller = depth + 1 < layers.length;
  const check = (option: typeof whole | typeof added, from: number, to: number): number | undefined => {
    const value = layers[depth][option];
    // The model's own longest output may be longer than it can.
    const high = byCaller || option === 'minLength' || option === 'minNewTokens' ? to : Number.MAX_SAFE_INTEGER;
    if (value !== undefined && !(Number.isInteger(value) && value >= from && value <= high))
      refuse(option, `an integer from ${from} to ${to}`, value);
    return value === undefined ? undefined : Math.min(value, to);
  };
  const inAll = check(whole, low, longest);
  const besides = check(added, Math.max(0, low - 1), longest - 1);
  if (byCaller && inAll !== undefined && besides !== undefined && inAll !== besides + 1)
    refuse(
      added,
      `${inAll - 1} where ${whole} is ${inAll}, which counts the start token; give one of the two`,
      besides,
    );
  return besides === undefined
    ? { option: whole, value: inAll!, length: inAll!, byCaller }
    : { option: added, value: besides, length: besides + 1, byCaller };
}
