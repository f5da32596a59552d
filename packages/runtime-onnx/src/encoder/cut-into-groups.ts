/** More cuts than this aren't tried. */
const CUTS = 48;

/**
 * Puts sequences into groups, so that few places stay free where each group is padded to its largest count.
 * @param counts of queries of each sequence
 * @param groups at most the number of sequences
 * @returns the sequences of each group, none of them empty
 */
export function cutIntoGroups(counts: ArrayLike<number>, groups: number): number[][] {
  const order = Array.from({ length: counts.length }, (_, b) => b);
  if (groups === 1) return [order];
  order.sort((a, b) => counts[a] - counts[b] || a - b);
  const cuts = Math.min(order.length, Math.max(CUTS, groups));
  const end = (cut: number): number => Math.floor((order.length * cut) / cuts);
  // cost[c]: places of the best way to cut what lies before cut c into the groups so far.
  let cost = new Float64Array(cuts + 1).fill(Number.POSITIVE_INFINITY);
  cost[0] = 0;
  const froms = Array.from({ length: groups }, () => {
    const next = new Float64Array(cuts + 1).fill(Number.POSITIVE_INFINITY);
    const from = new Int32Array(cuts + 1);
    for (let to = 1; to <= cuts; to++) {
      const most = counts[order[end(to) - 1]];
      for (let cut = 0; cut < to; cut++) {
        const sum = cost[cut] + most * (end(to) - end(cut));
        if (sum >= next[to]) continue;
        next[to] = sum;
        from[to] = cut;
      }
    }
    cost = next;
    return from;
  });
  const found: number[][] = [];
  let to = cuts;
  for (const from of froms.reverse()) {
    found.unshift(order.slice(end(from[to]), end(to)));
    to = from[to];
  }
  return found;
}
