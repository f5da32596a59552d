import { bitsOf, rowOffsets } from '../bits/bit-set.js';
import { profileOf } from '../bits/bits-profile.js';
import type { BitPredictor } from './bit-predictor.js';

/** The bit that is more frequent in training, for each layer. */
export const majority: BitPredictor = {
  name: 'majority',
  title: 'Majority',
  async predict({ train, dev, test }) {
    const { rates } = profileOf(bitsOf(train));
    const answer = (rows: number): Float32Array =>
      Float32Array.from({ length: rows * rates.length }, (_, index) => (rates[index % rates.length] >= 0.5 ? 1 : -1));
    return { dev: answer(rowOffsets(dev).at(-1)!), test: answer(rowOffsets(test).at(-1)!) };
  },
};
