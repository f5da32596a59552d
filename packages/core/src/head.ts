import { HasheeError } from './errors.js';

/** What a head answers. Sentence pairs are sequences with two segments, not a task of their own. */
export type HeadTask = 'sequence-classification' | 'regression' | 'token-classification';

/** What stands between the hidden state and the classifier. `tanh+relu` is TinyBERT's. */
export type HeadDense = 'none' | 'tanh' | 'relu' | 'gelu' | 'tanh+relu';

/** Attention of a head's own over all tokens of the sequence, as FastBERT's classifiers have it. */
export interface HeadAttention {
  /** U: the states become `tanh(x W + b)` of this width first. */
  readonly units: number;
  /** Attention heads of U / heads units each. */
  readonly heads: number;
}

/**
 * A classifier on top of a layer. Weights, in the checkpoint's canonical names:
 * `heads.{name}.dense.weight` [H, H], `heads.{name}.dense.bias` [H] (unless `dense` is `none`),
 * `heads.{name}.classifier.weight` [C, H], `heads.{name}.classifier.bias` [C].
 * With `attention` the width of these is U in place of H, and before them come `heads.{name}.reduce` [U, H] and
 * `heads.{name}.attention.{query, key, value, output}` [U, U], each with a bias [U].
 */
export interface HeadConfig {
  /** `main` for the model's own head; internal classifiers have names of their own, such as `exit3`. */
  readonly name: string;
  readonly task: HeadTask;
  /** Names of the C outputs; one entry for regression. */
  readonly labels: readonly string[];
  /** The layer whose states it reads, 1..L. */
  readonly layer: number;
  readonly dense: HeadDense;
  /** Dropout probability before the classifier, with `attention` on its weights instead; used in training only. */
  readonly dropout: number;
  /**
   * What the first token gathers from all tokens before the classifier reads it. For internal classifiers of sequences: such a
   * head answers in passes and in training, not in `forward`.
   */
  readonly attention?: HeadAttention | undefined;
  /**
   * Other heads whose tensors it uses in place of its own: one pooler for all exits (PABEE), one linear unit on all layers
   * (BERxiT). They belong to the model too, have tensors of their own and the same shapes.
   */
  readonly shares?: { readonly dense?: string | undefined; readonly classifier?: string | undefined } | undefined;
}

/** Name of the head whose dense layer or classifier a head uses: its own, unless it shares another's. */
export function ownerOf(head: HeadConfig, part: 'dense' | 'classifier'): string {
  return head.shares?.[part] ?? head.name;
}

/** Answers a head gives: one a sequence, or one a token. */
export function answersTokens(head: HeadConfig): boolean {
  return head.task === 'token-classification';
}

/** Whether the states of the first tokens are all that a head reads. */
export function readsFirstOnly(head: HeadConfig | undefined): boolean {
  return head !== undefined && !answersTokens(head) && head.attention === undefined;
}

/** Width of what a head's dense layer and classifier read: U with an attention of its own, else H. */
export function headWidth(head: HeadConfig, hiddenSize: number): number {
  return head.attention?.units ?? hiddenSize;
}

/** @throws HasheeError `INVALID_CONFIG` where a head's own attention can't be */
export function assertHeadAttention(head: HeadConfig): void {
  const { attention } = head;
  if (attention === undefined) return;
  const { units, heads } = attention;
  const sound = [units, heads].every((size) => Number.isSafeInteger(size) && size > 0) && units % heads === 0;
  if (!sound || answersTokens(head))
    throw new HasheeError(
      'INVALID_CONFIG',
      `Head "${head.name}" has an attention of ${units} units and ${heads} heads for ${head.task}; it is for whole sequences, and takes a number of units that its number of heads divides.`,
      { fields: { head: head.name, units, heads, task: head.task } },
    );
}

/** @throws HasheeError `INVALID_CONFIG` where a head shares tensors with one that lacks them or has other shapes */
export function assertSharedHeads(heads: readonly HeadConfig[]): void {
  for (const head of heads)
    for (const part of ['dense', 'classifier'] as const) {
      const name = head.shares?.[part];
      if (name === undefined) continue;
      const owner = heads.find((candidate) => candidate.name === name);
      const fits =
        owner !== undefined &&
        owner.shares?.[part] === undefined &&
        owner.attention?.units === head.attention?.units &&
        (part === 'dense'
          ? owner.dense !== 'none' && head.dense !== 'none'
          : owner.labels.length === head.labels.length);
      if (!fits)
        throw new HasheeError(
          'INVALID_CONFIG',
          `Head "${head.name}" shares the ${part} of "${name}": that head must be among the model's heads, with a ${part} of its own and of the same shape.`,
          { fields: { head: head.name, part, owner: name, heads: heads.map((candidate) => candidate.name) } },
        );
    }
}
