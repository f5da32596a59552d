import { describe, expect, it } from 'vitest';
import { assertTableFits, type ExitTable, HasheeError, validateExitTable } from '../src/index.js';

const table: ExitTable = { layers: 3, exitLayer: Uint8Array.of(3, 1, 2), hash: { name: 'custom', parameters: {} } };

function code(action: () => void): { code: string; message: string } {
  try {
    action();
  } catch (error) {
    if (HasheeError.isInstance(error)) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error('was not refused');
}

describe('validateExitTable', () => {
  it('accepts layers from 1 to L', () => {
    validateExitTable(table);
  });

  it.each([0, 4])('refuses an exit at layer %i of 3, and says of which entry', (layer) => {
    const broken = { ...table, exitLayer: Uint8Array.of(3, layer, 2) };
    expect(code(() => validateExitTable(broken))).toEqual({
      code: 'INVALID_TABLE',
      message: `Exit table: vocabulary entry 1 exits at layer ${layer}, expected 1 to 3.`,
    });
  });

  it.each([0, 256, 2.5, Number.NaN])('refuses %d layers', (layers) => {
    expect(code(() => validateExitTable({ ...table, layers })).code).toBe('INVALID_TABLE');
  });
});

describe('assertTableFits', () => {
  it('accepts the model that it was made for', () => {
    assertTableFits(table, { layers: 3, vocabSize: 3 });
  });

  it('refuses other models with both numbers', () => {
    expect(code(() => assertTableFits(table, { layers: 12, vocabSize: 3 }))).toEqual({
      code: 'TABLE_MISMATCH',
      message: 'The exit table is for 3 layers, the model has 12. Build the table for this model.',
    });
    expect(code(() => assertTableFits(table, { layers: 3, vocabSize: 30_522 })).message).toContain(
      '3 vocabulary entries, the model has 30522',
    );
    const broken = { ...table, exitLayer: Uint8Array.of(3, 0, 2) };
    expect(code(() => assertTableFits(broken, { layers: 3, vocabSize: 3 })).code).toBe('INVALID_TABLE');
  });
});
