import { collate, type Encoder, HasheeError, type HeadConfig, type TokenSequence, throwIfAborted } from '@hashee/core';

const BATCH_SIZE = 32;

/** Called with the answers of one head on one sequence: `[C]`, or `[tokens, C]` of heads that answer for tokens. */
export type Answered = (head: HeadConfig, sequence: number, logits: Float32Array) => void;

/**
 * Asks several heads of a model for all sequences in one pass, without dropout, in batches of similar length and without
 * padding.
 * @throws HasheeError `NOT_FOUND` for an unknown head, `ABORTED`
 */
export async function askHeads(
  encoder: Encoder,
  sequences: readonly TokenSequence[],
  names: readonly string[],
  answered: Answered,
  signal?: AbortSignal,
): Promise<void> {
  const heads = names
    .map((name) => {
      const head = encoder.heads.find((candidate) => candidate.name === name);
      if (!head) throw new HasheeError('NOT_FOUND', `The model has no head "${name}".`, { fields: { head: name } });
      return head;
    })
    .sort((a, b) => a.layer - b.layer);
  const firstOnly = heads.every(({ task }) => task !== 'token-classification');
  const order = Array.from(sequences.keys()).sort(
    (a, b) => sequences[a].inputIds.length - sequences[b].inputIds.length || a - b,
  );
  for (let from = 0; from < order.length; from += BATCH_SIZE) {
    throwIfAborted(signal, 'Asking the model');
    const rows = order.slice(from, from + BATCH_SIZE);
    const batch = collate(rows.map((row) => sequences[row]));
    const pass = await encoder.begin(batch, { signal });
    try {
      for (const head of heads) {
        const last = head.layer === heads.at(-1)!.layer && firstOnly;
        if (pass.layer < head.layer) await pass.advance(head.layer, { read: last ? 'first' : 'all' });
        const logits = await pass.logits(head.name);
        const C = head.labels.length;
        const tokens = head.task === 'token-classification';
        rows.forEach((row, b) => {
          const [begin, end] = tokens ? [batch.offsets[b], batch.offsets[b + 1]] : [b, b + 1];
          answered(head, row, logits.slice(begin * C, end * C));
        });
      }
    } finally {
      pass.dispose();
    }
  }
}

/** Index of the largest value; the first of equal ones. */
export function largest(values: Float32Array): number {
  let best = 0;
  for (let c = 1; c < values.length; c++) if (values[c] > values[best]) best = c;
  return best;
}
