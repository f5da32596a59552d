import { exitLayersOf, type TokenBatch, validateBatch } from '../../batch.js';
import type { Checkpoint } from '../../checkpoint.js';
import type { EncoderConfig } from '../../config.js';
import { HasheeError } from '../../errors.js';
import type { ExitTable } from '../../exit-table.js';
import { referenceHead } from './head.js';
import { embed, encodeLayer } from './sequence.js';
import { type ReferenceWeights, readReferenceWeights } from './weights.js';

export interface ReferenceResult {
  /** States after the embeddings (entry 0) and after each layer, `[T, H]` each, frozen tokens carried up. */
  readonly hidden: readonly Float64Array[];
  /** Exit layer of each token, `[T]`. */
  readonly exitLayers: Uint8Array;
  /**
   * Answers of a head, `[B, C]` or `[T, C]`, on the states after its own layer unless told otherwise.
   * @throws HasheeError `NOT_FOUND`
   */
  logits(head: string, layer?: number): Float64Array;
}

/**
 * States of a batch after the embeddings and after each layer, for weights that are already at hand.
 * @param layers those that run; the states below are carried past the others. @default all
 */
export function referenceStates(
  config: EncoderConfig,
  weights: ReferenceWeights,
  batch: TokenBatch,
  exitLayers: ArrayLike<number>,
  layers?: readonly number[],
): Float64Array[] {
  const H = config.hiddenSize;
  const hidden = Array.from({ length: config.layers + 1 }, () => new Float64Array(batch.inputIds.length * H));
  for (let b = 0; b + 1 < batch.offsets.length; b++) {
    const from = batch.offsets[b];
    const to = batch.offsets[b + 1];
    const exits = Array.from(exitLayers).slice(from, to);
    let states = embed(config, weights, batch.inputIds.slice(from, to), batch.tokenTypeIds.slice(from, to));
    for (let layer = 0; layer <= config.layers; layer++) {
      if (layer > 0 && (!layers || layers.includes(layer))) states = encodeLayer(config, weights, layer, states, exits);
      states.forEach((x, t) => {
        hidden[layer].set(x, (from + t) * H);
      });
    }
  }
  return hidden;
}

/**
 * What a runtime should answer, computed in float64 by the plainest code there is.
 * @param options.exitTable replaces the checkpoint's; `null` runs every token through all layers
 * @throws HasheeError `INVALID_BATCH`
 */
export async function referenceForward(
  checkpoint: Checkpoint,
  batch: TokenBatch,
  options: { readonly exitTable?: ExitTable | null | undefined } = {},
): Promise<ReferenceResult> {
  const { config, heads } = checkpoint;
  validateBatch(batch, config);
  const table = options.exitTable === undefined ? checkpoint.exitTable : (options.exitTable ?? undefined);
  const weights = await readReferenceWeights(checkpoint);
  const exitLayers = exitLayersOf(batch, config.layers, table);
  const hidden = referenceStates(config, weights, batch, exitLayers);
  return {
    hidden,
    exitLayers,
    logits(name, layer) {
      const head = heads.find((candidate) => candidate.name === name);
      if (!head) throw new HasheeError('NOT_FOUND', `The model has no head "${name}".`, { fields: { name } });
      return referenceHead(weights, head, hidden[layer ?? head.layer], batch.offsets);
    },
  };
}
