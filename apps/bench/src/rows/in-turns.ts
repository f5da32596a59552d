/** Runs `work` on all items, so many at a time, and gives the results in the order of the items. */
export async function inTurns<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item, lane: number) => Promise<Result>,
): Promise<Result[]> {
  const results = new Array<Result>(items.length);
  let next = 0;
  const lane = async (_: unknown, index: number): Promise<void> => {
    while (next < items.length) {
      const own = next++;
      results[own] = await work(items[own], index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane));
  return results;
}
