import { epochBatches } from './epoch-batches.js';
import type { RunRecipe } from './run-recipe.js';

/** Which sequences make each update. Follows from the data and the recipe alone, so that a resumed run goes on alike. */
export class Plan {
  readonly stepsPerEpoch: number;
  /** Updates of the whole run. */
  readonly steps: number;
  readonly #recipe: RunRecipe;
  readonly #useful: Int32Array;
  readonly #lengths: Int32Array;
  #epoch = -1;
  #batches: Int32Array[] = [];

  /**
   * @param useful indices of the sequences that teach something; the others are left out
   * @param lengths of those, by which they are put into batches
   */
  constructor(useful: Int32Array, lengths: Int32Array, recipe: RunRecipe) {
    this.#recipe = recipe;
    this.#useful = useful;
    this.#lengths = lengths;
    this.stepsPerEpoch = Math.ceil(Math.ceil(useful.length / recipe.batchSize) / recipe.accumulation);
    this.steps = this.stepsPerEpoch * recipe.epochs;
  }

  /** Sequences that train. */
  get examples(): number {
    return this.#useful.length;
  }

  /** The batches of the update after `step` updates, as indices of the sequences. An update never spans two epochs. */
  batchesAfter(step: number): readonly Int32Array[] {
    const { batchSize, accumulation, seed } = this.#recipe;
    const epoch = Math.floor(step / this.stepsPerEpoch);
    if (epoch !== this.#epoch) {
      this.#batches = epochBatches(this.#lengths, { batchSize, seed, epoch });
      this.#epoch = epoch;
    }
    const first = (step % this.stepsPerEpoch) * accumulation;
    return this.#batches.slice(first, first + accumulation).map((batch) => batch.map((i) => this.#useful[i]));
  }

  /** True where dev is due after `step` updates. */
  evaluatesAt(step: number): boolean {
    const { evaluateEvery } = this.#recipe;
    const every = evaluateEvery === 'epoch' ? this.stepsPerEpoch : evaluateEvery;
    return step > 0 && (step % every === 0 || step === this.steps);
  }

  /** True where the state of the run is written after `step` updates. */
  savesAt(step: number): boolean {
    const { checkpointEvery } = this.#recipe;
    return this.evaluatesAt(step) || (checkpointEvery !== undefined && step > 0 && step % checkpointEvery === 0);
  }
}
