import { HasheeError } from '@hashee/core';
import type { CorpusExample } from './corpus.js';

/**
 * What labels are.
 * - `classes`: integers from 0.
 * - `regression`: numbers, put in bins of equal width around its multiples: a label falls in bin
 *   `round(label / binWidth)`, halves go up. With the default width, STS-B's scores from 0 to 5 make six bins.
 */
export type LabelKind =
  | { readonly kind: 'classes' }
  | {
      readonly kind: 'regression';
      /** @default 1 */
      readonly binWidth?: number | undefined;
    };

/** Most entries of the table of types by classes. */
const MAX_ENTRIES = 1 << 27;

/** Occurrences of types by class, special ids left out. */
export class JointCounts {
  /** Non-special tokens with a label. */
  tokens = 0;
  /** `[V]` */
  readonly occurrences: Float64Array;
  readonly #special: Uint8Array;
  readonly #binWidth: number | undefined;
  /** By class: `[V]` and its sum. */
  readonly #byClass = new Map<number, { readonly occurrences: Float64Array; tokens: number }>();

  /**
   * @param special `[V]`, 1 for special ids
   * @throws HasheeError `INVALID_ARGUMENT`
   */
  constructor(special: Uint8Array, labels: LabelKind) {
    this.#special = special;
    this.occurrences = new Float64Array(special.length);
    if (labels.kind !== 'regression' && labels.kind !== 'classes')
      throw new HasheeError('INVALID_ARGUMENT', "labels.kind must be 'classes' or 'regression'.", {
        fields: { labels },
      });
    this.#binWidth = labels.kind === 'regression' ? (labels.binWidth ?? 1) : undefined;
    if (this.#binWidth !== undefined && !(this.#binWidth > 0 && Number.isFinite(this.#binWidth)))
      throw new HasheeError('INVALID_ARGUMENT', `labels.binWidth must be above 0, got ${this.#binWidth}.`, {
        fields: { binWidth: this.#binWidth },
      });
  }

  /** @throws HasheeError `INVALID_DATA` for a missing or unfit label */
  add({ inputIds, label }: CorpusExample, sequence: number): void {
    if (label !== undefined && typeof label !== 'number') {
      if (label.length !== inputIds.length)
        throw new HasheeError(
          'INVALID_DATA',
          `The train corpus: sequence ${sequence} has ${label.length} labels for ${inputIds.length} tokens.`,
          { fields: { sequence, labels: label.length, tokens: inputIds.length } },
        );
      for (let t = 0; t < inputIds.length; t++)
        if (this.#binWidth !== undefined || !(label[t] < 0))
          this.#count(inputIds[t], this.#classOf(label[t], sequence));
      return;
    }
    const value = this.#classOf(label, sequence);
    for (let t = 0; t < inputIds.length; t++) this.#count(inputIds[t], value);
  }

  /** Classes, or bins, that occur, ascending. */
  classes(): number[] {
    return [...this.#byClass.keys()].sort((a, b) => a - b);
  }

  /** MI of each id in nats, `[V]`; 0 where it doesn't occur. */
  mutualInformation(): Float64Array {
    const information = new Float64Array(this.occurrences.length);
    for (const value of this.classes()) {
      const { occurrences, tokens } = this.#byClass.get(value)!;
      for (let id = 0; id < information.length; id++) {
        const together = occurrences[id];
        if (together > 0)
          information[id] +=
            (together / this.tokens) * Math.log((together * this.tokens) / (this.occurrences[id] * tokens));
      }
    }
    return information;
  }

  #classOf(label: number | undefined, sequence: number): { readonly occurrences: Float64Array; tokens: number } {
    const width = this.#binWidth;
    const sound = width === undefined ? Number.isInteger(label) && label! >= 0 : Number.isFinite(label);
    if (!sound)
      throw new HasheeError(
        'INVALID_DATA',
        width === undefined
          ? `The train corpus: sequence ${sequence} has label ${label}, expected a class from 0. For scores, set labels to { kind: 'regression' }.`
          : `The train corpus: sequence ${sequence} has label ${label}, expected a number.`,
        { fields: { sequence, label } },
      );
    // Adding 0 makes -0 and 0 one bin.
    const value = width === undefined ? label! : Math.round(label! / width) + 0;
    let counts = this.#byClass.get(value);
    if (!counts) {
      const V = this.#special.length;
      if ((this.#byClass.size + 1) * V > MAX_ENTRIES)
        throw new HasheeError(
          'INVALID_DATA',
          `The train corpus has more than ${this.#byClass.size} classes, too many for ${V} vocabulary entries. For scores, set labels to { kind: 'regression' } with a wide enough binWidth.`,
          { fields: { sequence, classes: this.#byClass.size, vocabSize: V } },
        );
      counts = { occurrences: new Float64Array(V), tokens: 0 };
      this.#byClass.set(value, counts);
    }
    return counts;
  }

  #count(id: number, counts: { readonly occurrences: Float64Array; tokens: number }): void {
    if (this.#special[id] === 1) return;
    this.tokens++;
    this.occurrences[id]++;
    counts.tokens++;
    counts.occurrences[id]++;
  }
}
