import { HasheeError } from '../errors.js';
import { assertHeadAttention, type HeadConfig } from '../head.js';
import type { LossTerm, TrainingSpec } from '../trainer.js';
import { optimizerSettings } from './optimizer-settings.js';

const KINDS: readonly LossTerm['kind'][] = [
  'cross-entropy',
  'mse',
  'distillation',
  'cosine',
  'uncertainty',
  'confidence-margin',
];

const LONGEST_TURN = 1000;
const LONGEST_PERIOD = 100_000;

function refuse(message: string, fields: Record<string, unknown>): never {
  throw new HasheeError('INVALID_ARGUMENT', `Recipe: ${message}`, { fields });
}

/** Which terms count in the update after `step` updates. */
export function termsAt(terms: readonly LossTerm[], step: number): boolean[] {
  return terms.map(({ turn }) => turn === undefined || step % turn.of === turn.at);
}

/** @throws HasheeError `INVALID_ARGUMENT`, `NOT_FOUND` for a loss on a head that isn't there */
export function validateTrainingSpec(spec: TrainingSpec, heads: readonly HeadConfig[]): void {
  const { seed, losses, dropout } = spec;
  if (!Number.isInteger(seed)) refuse(`seed must be an integer, got ${seed}.`, { seed });
  if (losses.length === 0) refuse('it has no loss term, so nothing would train.', {});
  if (dropout !== undefined && !(dropout >= 0 && dropout < 1))
    refuse(`dropout must be from 0 to below 1, got ${dropout}.`, { dropout });
  validateOptimizer(spec);
  const names = heads.map(({ name }) => name);
  for (const head of heads) assertHeadAttention(head);
  for (const [index, { name, labels }] of heads.entries()) {
    if (names.indexOf(name) !== index) refuse(`there are two heads named "${name}".`, { head: name });
    if (labels.length === 0) refuse(`head "${name}" has no labels.`, { head: name });
  }
  for (const [index, term] of losses.entries()) validateTerm(term, index, heads);
  validateTurns(losses);
}

function validateOptimizer(spec: TrainingSpec): void {
  const settings = optimizerSettings(spec.optimizer);
  for (const [name, value] of Object.entries(settings)) {
    const below1 = name.startsWith('beta');
    const sound = Number.isFinite(value) && (name === 'epsilon' ? value > 0 : value >= 0) && (!below1 || value < 1);
    const expected = name === 'epsilon' ? 'above 0' : below1 ? 'from 0 to below 1' : 'from 0';
    if (!sound) refuse(`optimizer.${name} must be ${expected}, got ${value}.`, { [name]: value });
  }
}

function validateTerm(term: LossTerm, index: number, heads: readonly HeadConfig[]): void {
  const names = heads.map(({ name }) => `"${name}"`).join(', ') || 'none';
  const head = heads.find(({ name }) => name === term.head);
  if (!head)
    throw new HasheeError('NOT_FOUND', `Recipe: loss ${index} is on head "${term.head}"; the heads are ${names}.`, {
      fields: { head: term.head },
    });
  if (!KINDS.includes(term.kind))
    refuse(`loss ${index} has kind "${term.kind}", expected ${KINDS.join(', ')}.`, { kind: term.kind });
  if (term.kind === 'uncertainty' && (head.labels.length !== 1 || !heads.some(({ name }) => name === term.of)))
    refuse(
      `loss ${index}: "uncertainty" is for a head with one output, and \`of\` names one of ${names}; got ${head.labels.length} outputs and ${JSON.stringify(term.of)}.`,
      { head: term.head, of: term.of },
    );
  const { weight = 1, temperature = 1, margin = 0 } = term;
  for (const [field, value] of Object.entries({ weight, temperature, margin }))
    if (!Number.isFinite(value) || (field === 'temperature' && value <= 0))
      refuse(
        `loss ${index} has ${field} ${value}, expected a finite number${field === 'temperature' ? ' above 0' : ''}.`,
        {
          [field]: value,
        },
      );
}

function validateTurns(losses: readonly LossTerm[]): void {
  let period = 1;
  for (const [index, { turn = { of: 1, at: 0 } }] of losses.entries()) {
    const { of, at } = turn;
    if (!Number.isInteger(of) || !Number.isInteger(at) || of < 1 || of > LONGEST_TURN || at < 0 || at >= of)
      refuse(`loss ${index} has turn ${at} of ${of}, expected 0 <= at < of <= ${LONGEST_TURN}.`, { of, at });
    let [a, b] = [period, of];
    while (b > 0) [a, b] = [b, a % b];
    period *= of / a;
  }
  for (let step = 0; step < Math.min(period, LONGEST_PERIOD); step++)
    if (!termsAt(losses, step).includes(true))
      refuse(`no loss term has its turn in update ${step} (of every ${period}).`, { step, period });
}
