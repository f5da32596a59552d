import {
  activeCounts,
  assertTableFits,
  denseMacs,
  type EncoderConfig,
  embeddingMacs,
  type HashDescription,
  HasheeError,
  layerMacs,
} from '@hashee/core';
import type { BuiltExitTable } from './built-exit-table.js';
import { type Corpus, type CorpusExample, type CorpusOptions, readCorpus } from './corpus.js';

/** What a table does to a corpus. Plain JSON. All counts include special tokens. */
export interface TableReport {
  /** L */
  readonly layers: number;
  readonly hash: HashDescription;
  readonly sequences: number;
  readonly tokens: number;
  /** Distinct ids that occur. */
  readonly types: number;
  /** How many exit at each layer, `[L]`. */
  readonly histogram: {
    /** Entries of the table, whether they occur or not. */
    readonly vocabulary: readonly number[];
    /** Distinct ids that occur. */
    readonly types: readonly number[];
    /** Tokens of the corpus. */
    readonly occurrences: readonly number[];
  };
  /** Tokens computed in each layer, `[L]`. */
  readonly activeTokens: readonly number[];
  readonly meanExitLayer: {
    /** Over distinct ids that occur. */
    readonly types: number;
    /** Over the tokens of the corpus. */
    readonly occurrences: number;
  };
  /** How many times less than the dense model. Heads are not counted. */
  readonly speedup: {
    /** Token-layers: `L · tokens / Σ exit layers`. */
    readonly layers: number;
    /** Multiply-accumulates, keys and values projected for all tokens in each layer. */
    readonly projected: number;
    /** Multiply-accumulates, the cheaper of projected and absorbed attention in each layer. */
    readonly counted: number;
  };
  /** Multiply-accumulates over the corpus. */
  readonly macs: { readonly dense: number; readonly projected: number; readonly best: number };
  /** The cheaper kind of attention in each layer over the corpus, `[L]`. */
  readonly attention: readonly ('projected' | 'absorbed')[];
  /** Tokens whose type the hash had not seen, which therefore exit at L. Absent where that isn't known. */
  readonly unseen?: { readonly occurrences: number; readonly share: number } | undefined;
}

export interface DescribeOptions extends CorpusOptions {
  /**
   * Special ids, so that they don't count as unseen; needed for `unseen`, which is reported for a table that carries its
   * ranking (one that was just built).
   */
  readonly tokenizer?: { readonly specialIds: ReadonlySet<number> } | undefined;
}

/**
 * Counts what a table does to a corpus, sequence by sequence with core's cost model. Examples that carry `exitLayers` are
 * counted with those in place of the table's.
 * @throws HasheeError `TABLE_MISMATCH`, `INVALID_TABLE`, `INVALID_DATA`, `INVALID_ARGUMENT` for an empty corpus, `ABORTED`
 */
export async function describeTable(
  table: BuiltExitTable,
  corpus: Corpus,
  config: EncoderConfig,
  options: DescribeOptions = {},
): Promise<TableReport> {
  assertTableFits(table, config);
  const { layers: L, exitLayer } = table;
  const zeros = (): number[] => new Array<number>(L).fill(0);
  const histogram = { vocabulary: zeros(), types: zeros(), occurrences: zeros() };
  for (const layer of exitLayer) histogram.vocabulary[layer - 1]++;
  const activeTokens = zeros();
  const projected = zeros();
  const absorbed = zeros();
  const occurs = new Uint8Array(exitLayer.length);
  let [sequences, tokens, dense, embedding] = [0, 0, 0, 0];
  const unseenTypes = findUnseen(table, options);
  let unseen = 0;

  await readCorpus(corpus, 'description', exitLayer.length, options, (example, sequence) => {
    const { inputIds } = example;
    const length = inputIds.length;
    const exits = exitsOf(example, exitLayer, L, sequence);
    sequences++;
    tokens += length;
    for (let t = 0; t < length; t++) {
      occurs[inputIds[t]] = 1;
      histogram.occurrences[exits[t] - 1]++;
      if (unseenTypes?.[inputIds[t]]) unseen++;
    }
    activeCounts(exits, L).forEach((active, index) => {
      activeTokens[index] += active;
      projected[index] += layerMacs(config, index + 1, active, length, 'projected');
      absorbed[index] += layerMacs(config, index + 1, active, length, 'absorbed');
    });
    embedding += embeddingMacs(config, length);
    dense += denseMacs(config, length);
  });
  if (sequences === 0)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      'The corpus to describe the table on is empty. A generator can be read only once: give a fresh one, or an array.',
    );

  occurs.forEach((yes, id) => {
    if (yes) histogram.types[exitLayer[id] - 1]++;
  });
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const mean = (counts: readonly number[]): number =>
    sum(counts.map((count, index) => count * (index + 1))) / sum(counts);
  const attention = projected.map((cost, index) => (absorbed[index] < cost ? 'absorbed' : 'projected'));
  const projectedTotal = embedding + sum(projected);
  const best = embedding + sum(projected.map((cost, index) => Math.min(cost, absorbed[index])));
  return {
    layers: L,
    hash: table.hash,
    sequences,
    tokens,
    types: sum(histogram.types),
    histogram,
    activeTokens,
    meanExitLayer: { types: mean(histogram.types), occurrences: mean(histogram.occurrences) },
    speedup: {
      layers: (L * tokens) / sum(activeTokens),
      projected: dense / projectedTotal,
      counted: dense / best,
    },
    macs: { dense, projected: projectedTotal, best },
    attention,
    ...(unseenTypes ? { unseen: { occurrences: unseen, share: unseen / tokens } } : {}),
  };
}

function findUnseen({ ranking, exitLayer }: BuiltExitTable, { tokenizer }: DescribeOptions): Uint8Array | undefined {
  if (!ranking || !tokenizer) return undefined;
  const unseen = new Uint8Array(exitLayer.length).fill(1);
  for (const id of ranking) unseen[id] = 0;
  for (const id of tokenizer.specialIds) unseen[id] = 0;
  return unseen;
}

function exitsOf(example: CorpusExample, exitLayer: Uint8Array, layers: number, sequence: number): ArrayLike<number> {
  const { inputIds, exitLayers } = example;
  if (!exitLayers) return Uint8Array.from(inputIds, (id) => exitLayer[id]);
  if (exitLayers.length !== inputIds.length)
    throw new HasheeError(
      'INVALID_DATA',
      `The description corpus: sequence ${sequence} has ${exitLayers.length} exit layers for ${inputIds.length} tokens.`,
      { fields: { sequence, exitLayers: exitLayers.length, tokens: inputIds.length } },
    );
  for (let t = 0; t < exitLayers.length; t++)
    if (!(Number.isInteger(exitLayers[t]) && exitLayers[t] >= 1 && exitLayers[t] <= layers))
      throw new HasheeError(
        'INVALID_DATA',
        `The description corpus: token ${t} of sequence ${sequence} exits at layer ${exitLayers[t]}, expected 1 to ${layers}.`,
        { fields: { sequence, position: t, exitLayer: exitLayers[t], layers } },
      );
  return exitLayers;
}
