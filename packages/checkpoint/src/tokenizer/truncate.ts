/**
 * How many tokens of each text stay when they share `room` tokens: the longer one gives way first, until both are equal;
 * then they share what there is, and an odd token goes to the text that was the longer one.
 */
export function longestFirst(lengths: readonly [number, number], room: number): [number, number] {
  const [first, second] = lengths;
  if (first + second <= room) return [first, second];
  const shorter = Math.min(first, second);
  const half = Math.floor(room / 2);
  const kept = Math.min(shorter, half);
  return first > second ? [room - kept, kept] : [kept, room - kept];
}
