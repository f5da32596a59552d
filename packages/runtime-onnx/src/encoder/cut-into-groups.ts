/** More cuts than this aren't tried. */
const CUTS = 32;

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
  const ends = Int32Array.from({ length: cuts + 1 }, (_, cut) => Math.floor((order.length * cut) / cuts));
  // Largest count before a cut.
  const most = Float64Array.from(ends, (end) => (end === 0 ? 0 : counts[order[end - 1]]));
  // Places of the best way to put what lies before a cut into the groups so far; at first into one.
  let places = most.map((largest, cut) => largest * ends[cut]);
  const froms: Int32Array[] = [];
  for (let group = 1; group < groups; group++) {
    const next = new Float64Array(cuts + 1);
    const from = new Int32Array(cuts + 1);
    // Of the last group only the end of all matters.
    for (let to = group + 1 < groups ? group + 1 : cuts; to <= cuts; to++) {
      next[to] = Number.POSITIVE_INFINITY;
      for (let cut = group; cut < to; cut++) {
        const sum = places[cut] + most[to] * (ends[to] - ends[cut]);
        if (sum >= next[to]) continue;
        next[to] = sum;
        from[to] = cut;
      }
    }
    places = next;
    froms.push(from);
  }
  const found: number[][] = [];
  let to = cuts;
  for (const from of froms.reverse()) {
    found.unshift(order.slice(ends[from[to]], ends[to]));
    to = from[to];
  }
  found.unshift(order.slice(0, ends[to]));
  return found;
}
