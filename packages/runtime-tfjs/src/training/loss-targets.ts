import { HasheeError, type HeadConfig, type LossTerm, type Targets } from '@hashee/core';

/** Targets of a term, checked and laid out in rows. */
export interface TargetRows {
  readonly data: Float32Array;
  /** Values a row. */
  readonly width: number;
  /** `[rows]`: 1 / rows that count, 0 for those that have no target. */
  readonly weights: Float32Array;
}

function refuse(name: string, message: string, fields: Record<string, unknown>): never {
  throw new HasheeError('INVALID_ARGUMENT', `Target "${name}": ${message}`, { fields: { target: name, ...fields } });
}

/** Teacher logits `[rows, C]` to probabilities softened by T. */
function softened(logits: Float32Array, C: number, T: number): Float32Array {
  const probabilities = new Float32Array(logits.length);
  for (let from = 0; from < logits.length; from += C) {
    const row = Array.from(logits.subarray(from, from + C), (value) => value / T);
    const most = Math.max(...row);
    const powers = row.map((value) => Math.exp(value - most));
    const sum = powers.reduce((total, value) => total + value, 0);
    probabilities.set(
      powers.map((value) => value / sum),
      from,
    );
  }
  return probabilities;
}

function finite(name: string, values: ArrayLike<number>): Float32Array {
  const data = Float32Array.from(values);
  const index = data.findIndex((value) => !Number.isFinite(value));
  if (index >= 0) refuse(name, `value ${index} is ${data[index]}, expected a finite number.`, { index });
  return data;
}

/** Checks integers of one a row and calls back for those that aren't -1. */
function eachIndex(
  name: string,
  values: ArrayLike<number>,
  below: number,
  what: string,
  visit: (row: number, index: number) => void,
): void {
  for (let row = 0; row < values.length; row++) {
    const index = values[row];
    if (!Number.isInteger(index) || index < -1 || index >= below)
      refuse(name, `row ${row} has ${what} ${index}, expected -1 (none) to ${below - 1}.`, { row, [what]: index });
    if (index >= 0) visit(row, index);
  }
}

/**
 * @param rows answers of the head for this batch
 * @throws HasheeError `INVALID_ARGUMENT`
 */
export function targetRows(term: LossTerm, head: HeadConfig, targets: Targets, rows: number): TargetRows {
  const C = head.labels.length;
  const name = term.target ?? 'labels';
  const values = targets[name];
  if (!(values instanceof Int32Array || values instanceof Float32Array))
    refuse(
      name,
      `the recipe wants an Int32Array or a Float32Array; given: ${Object.keys(targets).join(', ') || 'none'}.`,
      {
        given: Object.keys(targets),
      },
    );
  const expect = (length: number, what: string): void => {
    if (values.length !== length)
      refuse(name, `expected ${what}, ${length} values, got ${values.length}.`, {
        expected: length,
        actual: values.length,
      });
  };
  const counts = new Uint8Array(rows);
  let data: Float32Array;
  let width = C;
  if (term.kind === 'confidence-margin') {
    expect(rows, 'one partner a row');
    width = rows;
    data = new Float32Array(rows * rows);
    // Each row minus its partner.
    eachIndex(name, values, rows, 'partner', (row, partner) => {
      counts[row] = 1;
      data[row * rows + row] += 1;
      data[row * rows + partner] -= 1;
    });
  } else if (term.kind === 'uncertainty') {
    expect(rows, 'one label a row');
    width = 1;
    data = finite(name, values);
    for (let row = 0; row < rows; row++) if (values instanceof Float32Array || values[row] >= 0) counts[row] = 1;
  } else if (term.kind === 'cross-entropy' && values instanceof Int32Array) {
    expect(rows, 'one class index a row');
    data = new Float32Array(rows * C);
    eachIndex(name, values, C, 'class', (row, label) => {
      counts[row] = 1;
      data[row * C + label] = 1;
    });
  } else {
    expect(rows * C, term.kind === 'mse' ? 'one number a row and output' : `${C} values a row`);
    data = finite(name, values);
    if (term.kind === 'distillation') data = softened(data, C, term.temperature ?? 1);
    counts.fill(1);
  }
  const counted = counts.reduce((sum, count) => sum + count, 0);
  return { data, width, weights: Float32Array.from(counts, (count) => (count ? 1 / counted : 0)) };
}
