import { exitLayersOf, type TokenBatch } from '../../batch.js';
import type { EncoderConfig } from '../../config.js';
import { HasheeError } from '../../errors.js';
import type { ExitTable } from '../../exit-table.js';
import type { HeadConfig } from '../../head.js';
import type { LossTerm, StepResult, Targets } from '../../trainer.js';
import { referenceStates } from './forward.js';
import { referenceHead } from './head.js';
import { softmax } from './math.js';
import type { ReferenceWeights } from './weights.js';

/** One term of a recipe, the mean over the rows that have a target. */
export function termLoss(term: LossTerm, logits: Float64Array, C: number, target: Int32Array | Float32Array): number {
  const temperature = term.kind === 'distillation' ? (term.temperature ?? 1) : 1;
  const soften = (values: ArrayLike<number>, row: number): Float64Array =>
    softmax(Float64Array.from({ length: C }, (_, c) => values[row * C + c] / temperature));
  let sum = 0;
  let counted = 0;
  for (let row = 0; row < logits.length / C; row++) {
    if (term.kind === 'mse') {
      sum += (logits[row] - target[row]) ** 2;
    } else if (term.kind === 'distillation') {
      const teacher = soften(target, row);
      const student = soften(logits, row);
      for (let c = 0; c < C; c++) sum += temperature ** 2 * teacher[c] * Math.log(teacher[c] / student[c]);
    } else {
      const predicted = soften(logits, row);
      if (target instanceof Int32Array) {
        if (target[row] < 0) continue;
        sum -= Math.log(predicted[target[row]]);
      } else {
        for (let c = 0; c < C; c++) sum -= target[row * C + c] * Math.log(predicted[c]);
      }
    }
    counted++;
  }
  return sum / counted;
}

export interface ReferenceLossOptions {
  readonly config: EncoderConfig;
  readonly heads: readonly HeadConfig[];
  readonly losses: readonly LossTerm[];
  readonly weights: ReferenceWeights;
  readonly exitTable?: ExitTable | undefined;
}

/** Loss of a recipe on a batch in float64, without dropout. */
export function referenceLoss(options: ReferenceLossOptions, batch: TokenBatch, targets: Targets): StepResult {
  const { config, heads, losses, weights, exitTable } = options;
  const hidden = referenceStates(config, weights, batch, exitLayersOf(batch, config.layers, exitTable));
  const terms = losses.map((term) => {
    const head = heads.find((candidate) => candidate.name === term.head);
    const target = targets[term.target ?? 'labels'];
    if (!head || !target)
      throw new HasheeError('NOT_FOUND', `The loss needs the head "${term.head}" and its targets.`, {
        fields: { term },
      });
    return termLoss(term, referenceHead(weights, head, hidden[head.layer], batch.offsets), head.labels.length, target);
  });
  return { terms, loss: terms.reduce((sum, term, i) => sum + (losses[i].weight ?? 1) * term, 0) };
}
