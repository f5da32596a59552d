import { type Checkpoint, type ExitTable, HasheeError, type LabelledSequence, type TokenBatch } from '@hashee/core';
import { buildExitTable, type HashName, randomInconsistentExits, type Vocabulary } from '@hashee/hash';
import { encoderOnly } from '../machinery/dense-model.js';
import { finalHead } from '../machinery/exit-heads.js';
import { assertTask } from '../machinery/exit-method.js';
import { ForwardRunner } from '../machinery/forward-runner.js';
import { CLASSIFICATION_AND_REGRESSION, labelLoss } from '../machinery/losses.js';
import { measuredSpeedup } from '../machinery/measured-speedup.js';
import { requireSpeedup } from '../machinery/require-speedup.js';
import { assertStages } from '../machinery/stage-options.js';
import { tableForSpeedup } from '../machinery/table-for-speedup.js';
import { trainStage } from '../machinery/train-stage.js';
import type { Method, MethodStage, TrainContext } from '../method.js';

export type HasheeHash = Exclude<HashName, 'uniform' | 'custom'> | 'random-inconsistent';

/** Corrections of what is counted by what is executed. */
const ATTEMPTS = 4;

const STAGES: readonly MethodStage[] = [{ name: 'exits', per: 'speedup' }];

const SOURCE = 'Sun et al., Findings of ACL 2022';

/**
 * HashEE: every token leaves at the layer that a hash of it says, in training as in inference. The hash's ranking is cut so that
 * the model is as fast as asked on dev. `random-inconsistent` draws a layer for every occurrence, with the shares of layers that
 * the frequency hash has at that speed: the control without consistency.
 */
export function hashee(hash: HasheeHash = 'frequency'): Method {
  const name = `hashee-${hash}`;
  const title = `HashEE (${hash})`;
  const consistent = hash !== 'random-inconsistent';
  return {
    specificationVersion: 'v1',
    ...{ name, title, source: SOURCE, recipe: name, stages: STAGES },
    family: 'hash',
    tasks: CLASSIFICATION_AND_REGRESSION,
    perSpeedup: true,
    async train(context) {
      assertTask({ title, tasks: CLASSIFICATION_AND_REGRESSION }, context);
      assertStages({ title, stages: STAGES }, context);
      const speedup = requireSpeedup(context);
      const vocabulary = requireVocabulary(context);
      const exitTable = await exitTableForSpeedup(context, consistent ? hash : 'frequency', speedup);
      const head = finalHead(context);
      const stage = {
        name: `exits-${speedup}`,
        model: encoderOnly(context.model),
        heads: [head],
        losses: [labelLoss(head)],
      };
      const dense = { config: context.model.config, head };
      if (consistent) {
        const main = await trainStage(context, { ...stage, exitTable });
        return { recipe: name, models: { main }, parameters: { hash: { ...exitTable.hash } }, dense };
      }
      const parameters: OccurrenceParameters = {
        seed: context.seed,
        shares: layerShares(exitTable, vocabulary, context.dev.sequences),
        specialIds: [...vocabulary.specialIds],
      };
      const exits = occurrenceExits(context.model, parameters);
      const withExits = (sequences: readonly LabelledSequence[]): LabelledSequence[] =>
        sequences.map((sequence) => ({ ...sequence, exitLayers: exits(sequence.inputIds) }));
      const data = {
        trainSet: withExits(context.trainSet),
        dev: { ...context.dev, sequences: withExits(context.dev.sequences) },
      };
      const main = await trainStage(context, { ...stage, data });
      return { recipe: name, models: { main }, parameters: { ...parameters }, dense };
    },
    async open({ models, parameters, dense }, backend) {
      const encoder = await backend.load(models['main']);
      if (consistent) return new ForwardRunner(encoder, dense);
      const exits = occurrenceExits(models['main'], parameters as unknown as OccurrenceParameters);
      return new ForwardRunner(encoder, dense, (batch) => withOccurrenceExits(batch, exits));
    },
  };
}

/** What the exits of single occurrences follow from. Plain JSON. */
interface OccurrenceParameters {
  readonly seed: number;
  /** Share of the tokens that leave at each layer, `[L]`. */
  readonly shares: readonly number[];
  readonly specialIds: readonly number[];
}

function requireVocabulary({ vocabulary }: TrainContext): Vocabulary {
  if (!vocabulary)
    throw new HasheeError('INVALID_ARGUMENT', "HashEE needs the model's tokenizer: give it as context.vocabulary.");
  return vocabulary;
}

/** The table with which the model executes as many times less on dev as asked, or as near as the hash gets. */
export async function exitTableForSpeedup(
  context: TrainContext,
  hash: Exclude<HasheeHash, 'random-inconsistent'>,
  speedup: number,
): Promise<ExitTable> {
  const { model, trainSet, dev, seed, signal } = context;
  const { config, weights } = model;
  const built = await buildExitTable({
    hash,
    layers: config.layers,
    config,
    tokenizer: requireVocabulary(context),
    train: trainSet,
    dev: dev.sequences,
    labels: dev.task === 'regression' ? { kind: 'regression' } : { kind: 'classes' },
    weights,
    seed,
    // No exits yet: the ranking is cut afterwards.
    target: { meanExitLayer: config.layers },
    targetCorpus: dev.sequences,
    signal,
  } as Parameters<typeof buildExitTable>[0]);
  const { ranking } = built;
  if (!ranking) throw new HasheeError('UNSUPPORTED', `The hash ${hash} gives no ranking.`, { fields: { hash } });
  const sequences = dev.sequences.map(({ inputIds }) => inputIds);
  let asked = speedup;
  for (let attempt = 1; ; attempt++) {
    const cut = tableForSpeedup({ ...built, ranking }, sequences, { config, head: finalHead(context), speedup: asked });
    const measured = await measuredSpeedup(context, cut.table);
    const unreachable = cut.speedup < asked;
    if (unreachable || measured >= speedup || attempt === ATTEMPTS) return cut.table;
    asked *= 1.002 * (speedup / measured);
  }
}

/** Share of the ordinary tokens that leave at each layer, `[L]`. */
function layerShares(
  { exitLayer, layers }: ExitTable,
  { specialIds }: Vocabulary,
  sequences: readonly LabelledSequence[],
): number[] {
  const counts = new Array<number>(layers).fill(0);
  for (const { inputIds } of sequences)
    for (const id of Array.from(inputIds)) if (!specialIds.has(id)) counts[exitLayer[id] - 1]++;
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => (total > 0 ? count / total : 1 / layers));
}

/** Drawn for each sequence from its tokens, so that it gets the same layers in every epoch and in any batch. */
function occurrenceExits(
  { config }: Checkpoint,
  { seed, shares, specialIds }: OccurrenceParameters,
): (inputIds: ArrayLike<number>) => Uint8Array {
  const draw = randomInconsistentExits({
    layers: config.layers,
    shares,
    seed,
    tokenizer: { specialIds: new Set(specialIds) },
  });
  return (inputIds) => {
    let number = 0;
    for (let t = 0; t < inputIds.length; t++) number = (Math.imul(number ^ inputIds[t], 0x01000193) + t) & 0x7fffffff;
    return draw(inputIds, Math.min(number, 2 ** 31 - 2));
  };
}

function withOccurrenceExits(batch: TokenBatch, exits: (inputIds: ArrayLike<number>) => Uint8Array): TokenBatch {
  const exitLayers = new Uint8Array(batch.inputIds.length);
  for (let b = 0; b + 1 < batch.offsets.length; b++)
    exitLayers.set(exits(batch.inputIds.subarray(batch.offsets[b], batch.offsets[b + 1])), batch.offsets[b]);
  return { ...batch, exitLayers };
}
