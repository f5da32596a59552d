import { assertPaired } from './paired.js';
import { entitiesOf } from './tagged-entities.js';

export interface EntityScores {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Entities that should have been found. */
  readonly support: number;
}

export interface EntityReport extends EntityScores {
  /** By type, in alphabetical order. */
  readonly types: Readonly<Record<string, EntityScores>>;
}

interface Counts {
  right: number;
  predicted: number;
  expected: number;
}

/**
 * Precision, recall and F1 of whole entities over all sentences: one is right where type, beginning and end are.
 * Shares that would be 0/0 are 0.
 * @param predictions BIO tags, `[sentences][words]`
 * @throws HasheeError `INVALID_ARGUMENT`
 */
export function entityReport(
  predictions: readonly (readonly string[])[],
  targets: readonly (readonly string[])[],
): EntityReport {
  assertPaired(predictions, targets);
  const total: Counts = { right: 0, predicted: 0, expected: 0 };
  const byType = new Map<string, Counts>();
  const count = (type: string, what: keyof Counts): void => {
    const counts = byType.get(type) ?? { right: 0, predicted: 0, expected: 0 };
    byType.set(type, counts);
    counts[what]++;
    total[what]++;
  };
  targets.forEach((expectedTags, sentence) => {
    assertPaired(predictions[sentence], expectedTags);
    const expected = new Set<string>();
    for (const { type, start, end } of entitiesOf(expectedTags)) {
      expected.add(`${start} ${end} ${type}`);
      count(type, 'expected');
    }
    for (const { type, start, end } of entitiesOf(predictions[sentence])) {
      count(type, 'predicted');
      if (expected.has(`${start} ${end} ${type}`)) count(type, 'right');
    }
  });
  const types = [...byType.keys()].sort().map((type) => [type, scores(byType.get(type)!)] as const);
  return { ...scores(total), types: Object.fromEntries(types) };
}

/** The F1 of `entityReport`. @throws HasheeError `INVALID_ARGUMENT` */
export function entityF1(predictions: readonly (readonly string[])[], targets: readonly (readonly string[])[]): number {
  return entityReport(predictions, targets).f1;
}

function scores({ right, predicted, expected }: Counts): EntityScores {
  return {
    precision: predicted === 0 ? 0 : right / predicted,
    recall: expected === 0 ? 0 : right / expected,
    f1: right === 0 ? 0 : (2 * right) / (predicted + expected),
    support: expected,
  };
}
