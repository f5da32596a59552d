import type { HeadConfig, LossTerm } from '@hashee/core';
import { encoderOnly } from '../machinery/dense-model.js';
import { exitHeads, finalHead } from '../machinery/exit-heads.js';
import { exitMethod } from '../machinery/exit-method.js';
import { CLASSIFICATION_AND_REGRESSION, labelLoss } from '../machinery/losses.js';
import { trainStage } from '../machinery/train-stage.js';
import type { Method } from '../method.js';
import { learnedPolicy } from '../policies/learned.js';

const unitName = (layer: number): string => `error${layer}`;

/** The unit that estimates a classifier's error from its pooled vector: one and the same on all layers. */
function errorUnit(judged: HeadConfig): HeadConfig {
  const first = judged.layer === 1;
  return {
    ...judged,
    name: unitName(judged.layer),
    task: 'regression',
    labels: ['error'],
    shares: { dense: judged.name, ...(first ? {} : { classifier: unitName(1) }) },
  };
}

/** Such a unit for each classifier, from layer 1 on: named `error1`, `error2`, ... */
export function errorUnits(heads: readonly HeadConfig[]): HeadConfig[] {
  return heads.map(errorUnit);
}

export interface BerxitOptions {
  /** `code`: the final loss is left out of odd updates, as the authors' program does. @default 'paper', it counts in all */
  readonly finalLoss?: 'paper' | 'code' | undefined;
}

/** Even updates train the final classifier, odd ones all of them; in each the unit learns how wrong they are. */
export function berxitLosses(
  main: HeadConfig,
  exits: readonly HeadConfig[],
  units: readonly HeadConfig[],
  { finalLoss = 'paper' }: BerxitOptions = {},
): LossTerm[] {
  const heads = [...exits, main];
  return [
    labelLoss(main, finalLoss === 'code' ? { turn: { of: 2, at: 0 } } : {}),
    ...exits.map((head) => labelLoss(head, { turn: { of: 2, at: 1 } })),
    ...units.map(
      ({ name, layer }): LossTerm => ({
        head: name,
        kind: 'uncertainty',
        of: heads[layer - 1].name,
        weight: 1 / units.length,
      }),
    ),
  ];
}

/** Alternating fine-tuning, and learning to exit: leaves where the unit estimates the error below a threshold. */
export function berxit(options: BerxitOptions = {}): Method {
  return exitMethod({
    name: 'berxit',
    title: 'BERxiT',
    source: 'Xin et al., EACL 2021',
    tasks: CLASSIFICATION_AND_REGRESSION,
    stages: [{ name: 'alternating' }],
    policy: learnedPolicy(unitName),
    async train(context) {
      const main = finalHead(context);
      const exits = exitHeads(main, context.model.config);
      const units = errorUnits([...exits, main]);
      return trainStage(context, {
        name: 'alternating',
        model: encoderOnly(context.model),
        heads: [...exits, main, ...units],
        losses: berxitLosses(main, exits, units, options),
        judged: [...exits, main].map(({ name }) => name),
      });
    },
  });
}
