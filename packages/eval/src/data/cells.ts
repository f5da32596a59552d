import { type DataPlace, excerpt, invalidData } from './invalid-data.js';

export function textCell(value: unknown, place: DataPlace): string {
  if (typeof value !== 'string') throw invalidData(place, `expected a text, got ${excerpt(value)}.`);
  if (value.trim() === '') throw invalidData(place, 'the text is empty. Remove the row.');
  return value;
}

export function listCell(value: unknown, place: DataPlace): readonly string[] {
  if (!Array.isArray(value) || value.length === 0)
    throw invalidData(place, `expected a list with at least one entry, got ${excerpt(value)}.`);
  return value.map((item: unknown) => {
    if ((typeof item !== 'string' && typeof item !== 'number') || item === '')
      throw invalidData(place, `expected a list of strings, none empty; got ${excerpt(value)}.`);
    return String(item);
  });
}

export function labelCell(value: unknown, place: DataPlace): string {
  const label = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
  if (typeof label !== 'string' || label === '') throw invalidData(place, `expected a label, got ${excerpt(value)}.`);
  return label;
}

export function numberCell(value: unknown, place: DataPlace): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number))
    throw invalidData(place, `expected a number, got ${excerpt(value)}.`);
  return number;
}

export function bitsCell(value: unknown, place: DataPlace): readonly number[] {
  const cells: readonly unknown[] =
    typeof value === 'string' ? value.split(',') : Array.isArray(value) ? value : [value];
  return cells.map((cell) => {
    const bit = typeof cell === 'string' ? cell.trim() : String(cell);
    if (bit !== '0' && bit !== '1')
      throw invalidData(place, `expected zeros and ones separated by commas, got ${excerpt(value)}.`);
    return Number(bit);
  });
}
