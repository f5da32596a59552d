import { HasheeError } from '@hashee/core';

/** An entity as tags mark it: words `start` to `end - 1`. */
export interface TaggedEntity {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

const TAG = /^(?:O|([BI])-(.+))$/s;

/**
 * Entities in BIO tags, read as the CoNLL evaluation (and seqeval by default) reads them: `B` always begins one, and so
 * does an `I` that follows `O` or another type.
 * @throws HasheeError `INVALID_ARGUMENT` for a tag that is neither `O` nor `B-…` nor `I-…`
 */
export function entitiesOf(tags: readonly string[]): TaggedEntity[] {
  const entities: TaggedEntity[] = [];
  let type: string | undefined;
  let start = 0;
  for (let i = 0; i <= tags.length; i++) {
    const match = TAG.exec(i < tags.length ? tags[i] : 'O');
    if (!match)
      throw new HasheeError(
        'INVALID_ARGUMENT',
        `Tag ${JSON.stringify(tags[i])} is not BIO: expected "O", "B-…" or "I-…".`,
        { fields: { tag: tags[i], position: i } },
      );
    const [, mark, next] = match;
    if (type !== undefined && (mark !== 'I' || next !== type)) {
      entities.push({ type, start, end: i });
      type = undefined;
    }
    if (type === undefined && next !== undefined) {
      type = next;
      start = i;
    }
  }
  return entities;
}
