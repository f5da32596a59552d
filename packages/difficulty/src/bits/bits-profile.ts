import { type Bits, rowsOf } from './bits.js';

/** What bits look like as a whole. All are shares of the rows. */
export interface BitsProfile {
  readonly rows: number;
  /** Rows that each layer answers right, `[L]`. */
  readonly rates: readonly number[];
  readonly allRight: number;
  readonly allWrong: number;
  /** Rows that no layer answers wrong after an earlier one was right; in the rest the model thinks too long. */
  readonly neverLost: number;
}

export function profileOf(bits: Bits): BitsProfile {
  const { layers, values } = bits;
  const rows = rowsOf(bits);
  const rates = new Array<number>(layers).fill(0);
  let [allRight, allWrong, neverLost] = [0, 0, 0];
  for (let row = 0; row < rows; row++) {
    const own = values.subarray(row * layers, (row + 1) * layers);
    const right = own.reduce((sum, bit) => sum + bit, 0);
    own.forEach((bit, index) => {
      rates[index] += bit;
    });
    if (right === layers) allRight++;
    if (right === 0) allWrong++;
    if (own.every((bit, index) => index === 0 || bit >= own[index - 1])) neverLost++;
  }
  const share = (count: number): number => (rows === 0 ? 0 : count / rows);
  return {
    rows,
    rates: rates.map(share),
    allRight: share(allRight),
    allWrong: share(allWrong),
    neverLost: share(neverLost),
  };
}
