import { type EncoderConfig, Random, type TrainingSpec } from '@hashee/core';
import { dropoutProbability } from '@hashee/core/backend';
import type { DropoutSite } from '../encoder/context.js';

/** Dropout masks drawn from the recipe's seed: the same step and site always get the same entries, on every engine. */
export class DropoutMasks {
  readonly #config: EncoderConfig;
  readonly #override: number | undefined;
  readonly #seed: number;

  constructor(config: EncoderConfig, spec: TrainingSpec) {
    this.#config = config;
    this.#override = spec.dropout;
    this.#seed = spec.seed;
  }

  probability(site: DropoutSite): number {
    return dropoutProbability(this.#config, site, this.#override);
  }

  /**
   * Entries that are 0 with the given probability p and 1/(1 - p) otherwise.
   * @param step updates so far
   * @param part batches accumulated since
   * @param site number of the site within the batch
   */
  mask(probability: number, length: number, step: number, part: number, site: number): Float32Array {
    const random = Random.stream(this.#seed, 0x6d61736b, step, part, site);
    const kept = 1 / (1 - probability);
    const limit = probability * 4294967296;
    const mask = new Float32Array(length);
    for (let i = 0; i < length; i++) mask[i] = random.uint32() < limit ? 0 : kept;
    return mask;
  }
}
