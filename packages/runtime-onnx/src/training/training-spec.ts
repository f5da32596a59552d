import { type EncoderConfig, HasheeError, type HeadConfig, type LossTerm, type TrainingSpec } from '@hashee/core';
import { adamWSettings } from './adamw.js';
import { termsAt } from './loss.js';

const KINDS: readonly LossTerm['kind'][] = [
  'cross-entropy',
  'mse',
  'distillation',
  'cosine',
  'uncertainty',
  'confidence-margin',
];

const MAX_TURNS = 1000;
const MAX_PERIOD = 100_000;

function refuse(message: string, fields: Record<string, unknown>): never {
  throw new HasheeError('INVALID_ARGUMENT', message, { fields });
}

/** @throws HasheeError `INVALID_ARGUMENT`, `NOT_FOUND` for a loss on a head that isn't there */
export function validateTrainingSpec(spec: TrainingSpec, heads: readonly HeadConfig[], config: EncoderConfig): void {
  if (!Number.isInteger(spec.seed)) refuse(`Recipe: seed must be an integer, got ${spec.seed}.`, { seed: spec.seed });
  if (spec.losses.length === 0) refuse('Recipe: it has no loss term, so nothing would train.', {});
  if (spec.dropout !== undefined && !(spec.dropout >= 0 && spec.dropout < 1))
    refuse(`Recipe: dropout must be from 0 to below 1, got ${spec.dropout}.`, { dropout: spec.dropout });
  const { beta1, beta2, epsilon, weightDecay, maxGradientNorm } = adamWSettings(spec.optimizer);
  const inRange = (name: string, value: number, sound: boolean, expected: string): void => {
    if (!Number.isFinite(value) || !sound)
      refuse(`Recipe: optimizer.${name} must be ${expected}, got ${value}.`, { [name]: value });
  };
  inRange('beta1', beta1, beta1 >= 0 && beta1 < 1, 'from 0 to below 1');
  inRange('beta2', beta2, beta2 >= 0 && beta2 < 1, 'from 0 to below 1');
  inRange('epsilon', epsilon, epsilon > 0, 'above 0');
  inRange('weightDecay', weightDecay, weightDecay >= 0, 'from 0');
  inRange('maxGradientNorm', maxGradientNorm, maxGradientNorm >= 0, 'from 0, which turns clipping off');
  const names = new Set<string>();
  for (const { name, labels, layer } of heads) {
    if (names.has(name)) refuse(`Recipe: there are two heads named "${name}".`, { head: name });
    names.add(name);
    if (labels.length === 0) refuse(`Recipe: head "${name}" has no labels.`, { head: name });
    if (layer > config.layers)
      refuse(`Recipe: head "${name}" reads layer ${layer} of ${config.layers}.`, { head: name, layer });
  }
  spec.losses.forEach((term, index) => {
    const head = heads.find(({ name }) => name === term.head);
    if (!head)
      throw new HasheeError(
        'NOT_FOUND',
        `Recipe: loss ${index} is on head "${term.head}"; the heads are ${[...names].map((name) => `"${name}"`).join(', ') || 'none'}.`,
        {
          fields: { head: term.head },
        },
      );
    if (!KINDS.includes(term.kind))
      refuse(`Recipe: loss ${index} has kind "${term.kind}", expected ${KINDS.join(', ')}.`, { kind: term.kind });
    if (term.kind === 'uncertainty' && (head.labels.length !== 1 || !names.has(term.of ?? '')))
      refuse(
        `Recipe: loss ${index}: "uncertainty" is for a head with one output and names in \`of\` one of ${[...names].join(', ')}; got ${head.labels.length} outputs and of ${JSON.stringify(term.of)}.`,
        { head: term.head, of: term.of },
      );
    if (term.margin !== undefined && !Number.isFinite(term.margin))
      refuse(`Recipe: loss ${index} has margin ${term.margin}, expected a finite number.`, { margin: term.margin });
    const { of, at } = term.turn ?? { of: 1, at: 0 };
    if (!Number.isInteger(of) || !Number.isInteger(at) || of < 1 || of > MAX_TURNS || at < 0 || at >= of)
      refuse(`Recipe: loss ${index} has turn ${at} of ${of}, expected 0 <= at < of <= ${MAX_TURNS}.`, { of, at });
    for (const field of ['weight', 'temperature'] as const) {
      const value = term[field];
      if (value !== undefined && !(Number.isFinite(value) && (field === 'weight' || value > 0)))
        refuse(
          `Recipe: loss ${index} has ${field} ${value}, expected ${field === 'weight' ? 'a finite number' : 'a number above 0'}.`,
          { [field]: value },
        );
    }
  });
  const period = spec.losses.reduce((length, { turn }) => leastCommonMultiple(length, turn?.of ?? 1), 1);
  for (let step = 0; step < Math.min(period, MAX_PERIOD); step++)
    if (!termsAt(spec.losses, step).includes(true))
      refuse(`Recipe: no loss term has its turn in update ${step} (of every ${period}).`, { step, period });
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y > 0) [x, y] = [y, x % y];
  return (a / x) * b;
}
