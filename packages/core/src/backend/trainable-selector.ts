import { HasheeError } from '../errors.js';

/**
 * Which tensors train.
 * @param trainable names, or prefixes ending in a dot; undefined for all
 * @throws HasheeError `INVALID_ARGUMENT` for an entry that matches none of `names`
 */
export function trainableSelector(
  trainable: readonly string[] | undefined,
  names: readonly string[],
): (name: string) => boolean {
  if (trainable === undefined) return () => true;
  const matches = (name: string, pattern: string): boolean =>
    pattern.endsWith('.') ? name.startsWith(pattern) : name === pattern;
  for (const pattern of trainable)
    if (!names.some((name) => matches(name, pattern)))
      throw new HasheeError(
        'INVALID_ARGUMENT',
        `trainable: no tensor matches "${pattern}". Use a tensor's name, or a prefix ending in a dot.`,
        { fields: { pattern } },
      );
  return (name) => trainable.some((pattern) => matches(name, pattern));
}
