import { HasheeError } from '@hashee/core';
import { isObject, type TokenizerFile } from './tokenizer-file.js';

/** A piece of a finished sequence: a special token, or one of the texts. */
export type TemplatePiece =
  | { readonly text: 0 | 1; readonly segment: number }
  | { readonly id: number; readonly segment: number };

/** What goes around one text, and around a pair. */
export interface Template {
  readonly single: readonly TemplatePiece[];
  readonly pair: readonly TemplatePiece[];
}

/** Without a post-processor texts simply follow each other. */
const PLAIN: Template = {
  single: [{ text: 0, segment: 0 }],
  pair: [
    { text: 0, segment: 0 },
    { text: 1, segment: 1 },
  ],
};

function refuse(path: string, expected: string): never {
  throw new HasheeError('INVALID_TOKENIZER', `${path}: "post_processor" ${expected}.`, { fields: { path } });
}

/**
 * Reads the post-processor of a tokenizer.json: BertProcessing, RobertaProcessing (two separators between the texts of a
 * pair, one segment), TemplateProcessing, or a sequence of them.
 * @throws HasheeError `INVALID_TOKENIZER`, `UNSUPPORTED`
 */
export function readTemplate({ json, path }: TokenizerFile): Template {
  return read(json['post_processor'] ?? null, path) ?? PLAIN;
}

function read(processor: unknown, path: string): Template | undefined {
  if (processor === null) return undefined;
  if (!isObject(processor)) return refuse(path, 'must be an object');
  switch (processor['type']) {
    case 'ByteLevel':
      return undefined;
    case 'BertProcessing': {
      const [cls, sep] = [special(processor, 'cls', path), special(processor, 'sep', path)];
      const single: TemplatePiece[] = [
        { id: cls, segment: 0 },
        { text: 0, segment: 0 },
        { id: sep, segment: 0 },
      ];
      return { single, pair: [...single, { text: 1, segment: 1 }, { id: sep, segment: 1 }] };
    }
    case 'RobertaProcessing': {
      const [cls, sep] = [special(processor, 'cls', path), special(processor, 'sep', path)];
      const end = { id: sep, segment: 0 };
      const single: TemplatePiece[] = [{ id: cls, segment: 0 }, { text: 0, segment: 0 }, end];
      return { single, pair: [...single, end, { text: 1, segment: 0 }, end] };
    }
    case 'TemplateProcessing':
      return { single: pieces(processor, 'single', path), pair: pieces(processor, 'pair', path) };
    case 'Sequence': {
      const parts = processor['processors'];
      if (!Array.isArray(parts)) return refuse(path, 'of type Sequence needs a list of "processors"');
      const templates = parts.map((part) => read(part, path)).filter((template) => template !== undefined);
      if (templates.length > 1) refuse(path, 'adds special tokens more than once');
      return templates[0];
    }
    default:
      throw new HasheeError(
        'UNSUPPORTED',
        `${path}: "post_processor" is of type ${JSON.stringify(processor['type'])}; supported are BertProcessing, RobertaProcessing, TemplateProcessing, ByteLevel, Sequence.`,
        { fields: { path, type: processor['type'] } },
      );
  }
}

function isId(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}

/** `[token, id]` */
function special(processor: Record<string, unknown>, field: 'cls' | 'sep', path: string): number {
  const value = processor[field];
  return Array.isArray(value) && isId(value[1]) ? value[1] : refuse(path, `needs "${field}" as [token, id]`);
}

function pieces(processor: Record<string, unknown>, field: 'single' | 'pair', path: string): TemplatePiece[] {
  const list = processor[field];
  const specials = processor['special_tokens'];
  if (!Array.isArray(list) || !isObject(specials)) return refuse(path, `needs "${field}" and "special_tokens"`);
  return list.flatMap((item: unknown): TemplatePiece[] => {
    if (isObject(item) && isObject(item['Sequence'])) {
      const { id, type_id: segment } = item['Sequence'];
      if ((id === 'A' || (id === 'B' && field === 'pair')) && isId(segment) && segment < 256)
        return [{ text: id === 'A' ? 0 : 1, segment }];
    }
    if (isObject(item) && isObject(item['SpecialToken'])) {
      const { id, type_id: segment } = item['SpecialToken'];
      const token = typeof id === 'string' && Object.hasOwn(specials, id) ? specials[id] : undefined;
      const ids: unknown = isObject(token) ? token['ids'] : undefined;
      if (Array.isArray(ids) && ids.every(isId) && isId(segment) && segment < 256)
        return ids.map((each: number) => ({ id: each, segment }));
    }
    return refuse(path, `has an entry in "${field}" that can't be understood: ${JSON.stringify(item).slice(0, 200)}`);
  });
}
