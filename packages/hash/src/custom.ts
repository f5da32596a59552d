import { HasheeError } from '@hashee/core';
import type { BuiltExitTable } from './built-exit-table.js';
import { checkInteger, draftTable, type TableDraft, type TableOptions, type Vocabulary } from './vocabulary.js';

/** Exit layers given one by one. Special ids exit at L: anything else given for one is refused. */
export type CustomTableOptions = TableOptions & {
  /** Kept with the table, to say where it is from. Plain JSON. */
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
} & (
    | {
        /** Exit layer of each id, `[V]`, 1..L. */
        readonly exitLayer: ArrayLike<number>;
        readonly entries?: undefined;
      }
    | {
        readonly exitLayer?: undefined;
        /** Exit layer by id, or by token string such as `##ing`; of two for one id the later counts. */
        readonly entries: Iterable<readonly [token: string | number, exitLayer: number]>;
        /** Exit layer of all others. @default L */
        readonly default?: number | undefined;
      }
  );

/**
 * A table from given layers.
 * @throws HasheeError `INVALID_ARGUMENT` for a layer outside 1..L, an unknown token, or a special id below L; `TABLE_MISMATCH`
 */
export function customTable(options: CustomTableOptions): BuiltExitTable {
  const draft = draftTable(options);
  const set = (id: number, layer: number): void => {
    checkInteger(`Exit layer of entry ${id}`, layer, 1, draft.layers);
    if (draft.special[id] === 1 && layer !== draft.layers)
      throw new HasheeError(
        'INVALID_ARGUMENT',
        `Entry ${id} is a special token and must exit at layer ${draft.layers}, got ${layer}.`,
        { fields: { id, exitLayer: layer, layers: draft.layers } },
      );
    draft.exitLayer[id] = layer;
  };
  if (options.exitLayer !== undefined) {
    const { length } = options.exitLayer;
    if (length !== draft.vocabSize)
      throw new HasheeError(
        'TABLE_MISMATCH',
        `exitLayer has ${length} entries, the vocabulary has ${draft.vocabSize}. Give one layer for each.`,
        { fields: { length, vocabSize: draft.vocabSize } },
      );
    for (let id = 0; id < length; id++) set(id, options.exitLayer[id]);
  } else if (options.entries === undefined) {
    throw new HasheeError(
      'INVALID_ARGUMENT',
      'A custom table needs exitLayer (one for each id) or entries (pairs of token and exit layer).',
    );
  } else {
    const { default: others = draft.layers } = options;
    checkInteger('default', others, 1, draft.layers);
    for (let id = 0; id < draft.vocabSize; id++) if (draft.special[id] === 0) draft.exitLayer[id] = others;
    const idOf = idFinder(options.tokenizer, draft);
    for (const [token, layer] of options.entries) set(idOf(token), layer);
  }
  return draft.finish({ name: 'custom', parameters: { ...options.parameters } });
}

function idFinder(tokenizer: Vocabulary, draft: TableDraft): (token: string | number) => number {
  let ids: Map<string, number> | undefined;
  return (token) => {
    if (typeof token === 'number') {
      checkInteger('Id', token, 0, draft.vocabSize - 1);
      return token;
    }
    if (!tokenizer.token)
      throw new HasheeError('INVALID_ARGUMENT', `Token strings such as "${token}" need a tokenizer with token(id).`, {
        fields: { token },
      });
    if (!ids) {
      ids = new Map();
      const known = Math.min(tokenizer.vocabSize, draft.vocabSize);
      for (let id = known - 1; id >= 0; id--) ids.set(tokenizer.token(id), id);
    }
    const id = ids.get(token);
    if (id === undefined)
      throw new HasheeError(
        'INVALID_ARGUMENT',
        `"${token}" is not a token of this vocabulary. Give vocabulary entries such as "film" or "##ing", not words.`,
        { fields: { token } },
      );
    return id;
  };
}
