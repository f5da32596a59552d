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

/** A head's answers, `[rows, C]`, and C. */
export interface ReferenceAnswers {
  readonly logits: Float64Array;
  readonly labels: number;
}

/** How wrong a head is on a row, by its label: 1 or 0 for classes, |tanh(z - y)| for regression. */
export function rowError({ logits, labels: C }: ReferenceAnswers, row: number, label: number): number {
  if (C === 1) return Math.abs(Math.tanh(logits[row] - label));
  const values = Array.from(logits.subarray(row * C, (row + 1) * C));
  return values.indexOf(Math.max(...values)) === label ? 0 : 1;
}

/**
 * One term of a recipe, the mean over the rows that have a target.
 * @param of answers of the head that an `uncertainty` is about
 */
export function termLoss(
  term: LossTerm,
  logits: Float64Array,
  C: number,
  target: Int32Array | Float32Array,
  of?: ReferenceAnswers,
): number {
  const temperature = term.kind === 'distillation' ? (term.temperature ?? 1) : 1;
  const soften = (values: ArrayLike<number>, row: number): Float64Array =>
    softmax(Float64Array.from({ length: C }, (_, c) => values[row * C + c] / temperature));
  let sum = 0;
  let counted = 0;
  for (let row = 0; row < logits.length / C; row++) {
    if (term.kind === 'mse') {
      for (let c = 0; c < C; c++) sum += (logits[row * C + c] - target[row * C + c]) ** 2;
    } else if (term.kind === 'cosine') {
      const [z, y] = [logits, target].map((values) => Array.from(values.subarray(row * C, (row + 1) * C)));
      const dot = (a: number[], b: number[]): number => a.reduce((total, value, c) => total + value * b[c], 0);
      sum += 1 - dot(z, y) / Math.sqrt(dot(z, z) * dot(y, y));
    } else if (term.kind === 'uncertainty') {
      if (!of || (of.labels > 1 && target[row] < 0)) continue;
      sum += (1 / (1 + Math.exp(-logits[row])) - rowError(of, row, target[row])) ** 2;
    } else if (term.kind === 'confidence-margin') {
      if (target[row] < 0) continue;
      const confidence = (r: number): number => Math.max(...soften(logits, r));
      sum += Math.max(0, (term.margin ?? 0.3) - (confidence(row) - confidence(target[row])));
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
  return counted === 0 ? 0 : sum / counted;
}

export interface ReferenceLossOptions {
  readonly config: EncoderConfig;
  readonly heads: readonly HeadConfig[];
  readonly losses: readonly LossTerm[];
  readonly weights: ReferenceWeights;
  readonly exitTable?: ExitTable | undefined;
  /** Updates so far, for terms that have their turn. @default 0 */
  readonly step?: number | undefined;
  /** Layers that run. @default all */
  readonly layers?: readonly number[] | undefined;
}

/** Loss of a recipe on a batch in float64, without dropout. */
export function referenceLoss(options: ReferenceLossOptions, batch: TokenBatch, targets: Targets): StepResult {
  const { config, heads, losses, weights, exitTable } = options;
  const exits = exitLayersOf(batch, config.layers, exitTable);
  const hidden = referenceStates(config, weights, batch, exits, options.layers);
  const answersOf = (name: string | undefined): ReferenceAnswers | undefined => {
    const head = heads.find((candidate) => candidate.name === name);
    return (
      head && { logits: referenceHead(weights, head, hidden[head.layer], batch.offsets), labels: head.labels.length }
    );
  };
  const terms = losses.map((term) => {
    const { of = 1, at = 0 } = term.turn ?? {};
    if ((options.step ?? 0) % of !== at) return 0;
    const answers = answersOf(term.head);
    const target = targets[term.target ?? 'labels'];
    if (!answers || !target)
      throw new HasheeError('NOT_FOUND', `The loss needs the head "${term.head}" and its targets.`, {
        fields: { term },
      });
    return termLoss(term, answers.logits, answers.labels, target, answersOf(term.of));
  });
  return { terms, loss: terms.reduce((sum, term, i) => sum + (losses[i].weight ?? 1) * term, 0) };
}
