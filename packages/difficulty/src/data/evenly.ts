/** At most `limit` values, evenly from the whole: files may be sorted. */
export function evenly<T>(values: readonly T[], limit: number | undefined): T[] {
  if (limit === undefined || values.length <= limit) return [...values];
  return Array.from({ length: limit }, (_, index) => values[Math.floor((index * values.length) / limit)]);
}
