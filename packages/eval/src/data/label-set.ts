import { HasheeError } from '@hashee/core';
import { type DataPlace, excerpt, invalidData } from './invalid-data.js';

/** A class as files write it and as people call it. */
export interface LabelDefinition {
  /** As it stands in the file, such as `1`. */
  readonly value: string;
  /** Such as `positive`. */
  readonly name: string;
  /** What else it is called in some files. */
  readonly aliases?: readonly string[] | undefined;
}

const NAMED_IN_MESSAGES = 30;
/** More classes than this are taken for a column of texts or numbers unless the labels are given. */
const MOST_DISCOVERED = 1000;

/** Known classes. Cells may hold a class's value or its name. */
export class LabelSet {
  readonly names: readonly string[];
  readonly #values: readonly string[];
  readonly #index: ReadonlyMap<string, number>;

  /** @throws HasheeError `INVALID_ARGUMENT` when two classes share a value or name */
  constructor(labels: readonly (string | LabelDefinition)[]) {
    const definitions = labels.map(
      (label): LabelDefinition => (typeof label === 'string' ? { value: label, name: label } : label),
    );
    this.names = definitions.map(({ name }) => name);
    this.#values = definitions.map(({ value }) => value);
    const index = new Map<string, number>();
    definitions.forEach(({ value, name, aliases = [] }, position) => {
      for (const key of new Set([value, name, ...aliases])) {
        if (index.has(key))
          throw new HasheeError('INVALID_ARGUMENT', `Two labels are called ${excerpt(key)}. Give each its own.`, {
            fields: { label: key },
          });
        index.set(key, position);
      }
    });
    this.#index = index;
  }

  /** The classes that occur in a file: numbers in their order, else `O` first and the rest by code point. */
  static discover(file: string, values: ReadonlySet<string>, column: string): LabelSet {
    if (values.size > MOST_DISCOVERED)
      throw invalidData(
        { file, column },
        `found more than ${MOST_DISCOVERED} different labels. For numbers use the kind "regression", for many classes give the option labels.`,
        { fields: { labels: values.size } },
      );
    const numbers = [...values].every((value) => /^-?\d+$/.test(value));
    const rank = (value: string): number => (value === 'O' ? 0 : 1);
    return new LabelSet(
      [...values].sort((a, b) => (numbers ? Number(a) - Number(b) : rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0))),
    );
  }

  /** @throws HasheeError `INVALID_DATA` naming the known labels */
  indexOf(value: string, place: DataPlace): number {
    const index = this.#index.get(value);
    if (index !== undefined) return index;
    const known = this.names.map((name, i) => (name === this.#values[i] ? name : `${this.#values[i]} (${name})`));
    throw invalidData(
      place,
      `unknown label ${excerpt(value)}. Known labels: ${known.slice(0, NAMED_IN_MESSAGES).join(', ')}${known.length > NAMED_IN_MESSAGES ? ', …' : ''}.`,
      { fields: { label: value, known: this.names } },
    );
  }
}
