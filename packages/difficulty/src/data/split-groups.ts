import { HasheeError, Random } from '@hashee/core';

const PURPOSE = 0x7370;

/**
 * Cuts values into parts so that those of one group (the pairs of one premise) stay together. The groups are shuffled by the
 * seed and dealt out until each part has its number; the last part gets the rest.
 * @param sizes how many values each part but the last should have, at least
 * @throws HasheeError `INVALID_ARGUMENT` where a part would be empty
 */
export function splitGroups<T>(
  values: readonly T[],
  keyOf: (value: T) => string,
  sizes: readonly number[],
  seed: number,
): T[][] {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group) group.push(value);
    else groups.set(key, [value]);
  }
  const parts: T[][] = [...sizes.map(() => []), []];
  let part = 0;
  for (const group of Random.stream(seed, PURPOSE).shuffle([...groups.values()])) {
    while (part < sizes.length && parts[part].length >= sizes[part]) part++;
    parts[part].push(...group);
  }
  if (parts.some(({ length }) => length === 0))
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `${values.length} rows in ${groups.size} groups aren't enough for parts of ${sizes.join(', ')} and a rest. Ask for smaller parts.`,
      { fields: { rows: values.length, groups: groups.size, sizes } },
    );
  return parts;
}
