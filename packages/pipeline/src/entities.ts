import type { Span } from './piece-alignment.js';

/** A stretch of text that carries a tag: a word piece, a word, or several words of one entity. */
export interface Entity {
  /** The tag as trained (`B-person`), or without its prefix where pieces were merged (`person`). */
  readonly entity: string;
  /** Probability of the tag; the mean over the merged words. */
  readonly score: number;
  /** As it stands in the text, or the pieces put together where that can't be told. */
  readonly word: string;
  /** Position of the first token in the input, special tokens counted. */
  readonly index: number;
  /** First character in the text, where it can be told. */
  readonly start?: number;
  /** One past the last character. */
  readonly end?: number;
}

/** A piece or word with the tag chosen for it. */
export interface TaggedUnit {
  readonly tag: string;
  readonly score: number;
  readonly text: string;
  readonly index: number;
  /** True where no blank stands between this unit and the one before it. */
  readonly glued: boolean;
  readonly span: Span | undefined;
}

/** `B-person` → begins, `person`; a tag without a prefix never begins by itself. */
export function splitTag(tag: string): { readonly begins: boolean; readonly name: string } {
  const match = /^([BILESU])-(.+)$/.exec(tag);
  return match ? { begins: 'BSU'.includes(match[1]), name: match[2] } : { begins: false, name: tag };
}

export function toEntity(units: readonly TaggedUnit[], entity: string, text: string | undefined): Entity {
  const start = units[0].span?.start;
  const end = units[units.length - 1].span?.end;
  const known = start !== undefined && end !== undefined;
  return {
    entity,
    score: units.reduce((sum, unit) => sum + unit.score, 0) / units.length,
    word:
      known && text !== undefined
        ? text.slice(start, end)
        : units.map((unit, i) => (i > 0 && !unit.glued ? ` ${unit.text}` : unit.text)).join(''),
    index: units[0].index,
    ...(known ? { start, end } : {}),
  };
}

/** Joins neighbouring units of one entity; a unit whose tag begins an entity starts a new one. */
export function groupUnits(units: readonly TaggedUnit[], text: string | undefined): Entity[] {
  const entities: Entity[] = [];
  let group: TaggedUnit[] = [];
  let name = '';
  const close = (): void => {
    if (group.length > 0) entities.push(toEntity(group, name, text));
    group = [];
  };
  for (const unit of units) {
    const tag = splitTag(unit.tag);
    if (tag.begins || tag.name !== name) close();
    name = tag.name;
    group.push(unit);
  }
  close();
  return entities;
}
