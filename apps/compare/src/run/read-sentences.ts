import type { Runner } from '@hashee/baselines';
import { collate, type Tokenizer } from '@hashee/core';
import type { EncodedDataset } from '@hashee/eval';
import type { CellSentence, ChosenPoint } from '../results/cell-result.js';
import { evenly } from './task-data.js';

/** Longer ones would fill the page. */
const LONGEST = 40;

export interface ReadSentencesOptions {
  readonly chosen: readonly Pick<ChosenPoint, 'target' | 'setting'>[];
  readonly labels: readonly string[];
  /** For each target. */
  readonly count: number;
  readonly signal?: AbortSignal | undefined;
}

/** Sentences of dev with the layer where each of their tokens leaves, as the method really runs them. */
export async function readSentences(
  runner: Runner,
  dev: EncodedDataset,
  tokenizer: Pick<Tokenizer, 'token'>,
  { chosen, labels, count, signal }: ReadSentencesOptions,
): Promise<CellSentence[]> {
  const short = dev.sequences.filter(({ inputIds }) => inputIds.length <= LONGEST);
  const sentences: CellSentence[] = [];
  for (const { target, setting } of chosen)
    for (const sequence of evenly(short, count)) {
      const { logits, exits, accounts } = await runner.run(collate([sequence]), setting ?? undefined, { signal });
      const tokens = Array.from(sequence.inputIds, (id) => tokenizer.token(id));
      // What a cascade or an exit method computes, it computes for all tokens of a sequence alike.
      const byToken = accounts.length === 1 ? Array.from(accounts[0].exitLayers) : [];
      const layers = byToken.length === tokens.length ? byToken : tokens.map(() => exits[0]);
      const name = (value: number): string => (dev.task === 'regression' ? value.toFixed(2) : labels[value]);
      const answer = dev.task === 'regression' ? logits[0] : logits.indexOf(Math.max(...logits));
      sentences.push({ target, tokens, layers, label: name(sequence.label as number), answer: name(answer) });
    }
  return sentences;
}
