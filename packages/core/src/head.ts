import { HasheeError } from './errors.js';

/** What a head answers. Sentence pairs are sequences with two segments, not a task of their own. */
export type HeadTask = 'sequence-classification' | 'regression' | 'token-classification';

/** What stands between the hidden state and the classifier. `tanh+relu` is TinyBERT's. */
export type HeadDense = 'none' | 'tanh' | 'relu' | 'gelu' | 'tanh+relu';

/**
 * A classifier on top of a layer. Weights, in the checkpoint's canonical names:
 * `heads.{name}.dense.weight` [H, H], `heads.{name}.dense.bias` [H] (unless `dense` is `none`),
 * `heads.{name}.classifier.weight` [C, H], `heads.{name}.classifier.bias` [C].
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
  /** Dropout probability before the classifier, used in training only. */
  readonly dropout: number;
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
