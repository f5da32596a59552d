import { HasheeError } from '@hashee/core';

/** A token that is found in the text before anything else happens to it. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
  /** Takes the spaces that follow it. */
  readonly rstrip: boolean;
}

/** The parts of tokenizer.json that are looked at here; the rest is the library's business. */
export interface TokenizerFile {
  readonly path: string;
  readonly json: Readonly<Record<string, unknown>>;
  readonly model: Readonly<Record<string, unknown>> & { readonly type: string };
  readonly addedTokens: readonly AddedToken[];
  /** Highest id plus one. */
  readonly vocabSize: number;
}

const MAX_IDS = 4_000_000;
const MODELS = ['WordPiece', 'BPE', 'Unigram'];

function refuse(path: string, problem: string, fields: Record<string, unknown> = {}): never {
  throw new HasheeError('INVALID_TOKENIZER', `${path}: ${problem}`, { fields: { path, ...fields } });
}

/**
 * Checks the structure of a tokenizer.json before anything is built from it.
 * @throws HasheeError `INVALID_TOKENIZER`
 */
export function parseTokenizerFile(json: Readonly<Record<string, unknown>>, path: string): TokenizerFile {
  const { model } = json;
  if (!isObject(model)) return refuse(path, '"model" must be an object. Is it a tokenizer.json?');
  // Files of early versions don't name their model.
  const type = typeof model['type'] === 'string' ? model['type'] : 'merges' in model ? 'BPE' : 'WordPiece';
  if (!MODELS.includes(type))
    refuse(path, `"model.type" is ${JSON.stringify(type)}; supported are ${MODELS.join(', ')}.`, { type });
  const addedTokens = parseAddedTokens(json['added_tokens'] ?? [], path);
  let largest = largestVocabularyId(type, model['vocab'], path);
  const unknown = model['unk_id'] ?? undefined;
  if (type === 'Unigram' && unknown !== undefined && !(isId(unknown) && unknown <= largest))
    refuse(path, `"model.unk_id" is ${JSON.stringify(unknown)}, the vocabulary has ${largest + 1} entries.`, {
      unknown,
    });
  for (const { id } of addedTokens) largest = Math.max(largest, id);
  return { path, json, model: { ...model, type }, addedTokens, vocabSize: largest + 1 };
}

/** True for plain objects of JSON. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isId(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < MAX_IDS;
}

function parseAddedTokens(value: unknown, path: string): AddedToken[] {
  if (!Array.isArray(value)) return refuse(path, '"added_tokens" must be a list.');
  return value.map((token: unknown, index) => {
    if (!isObject(token) || !isId(token['id']) || typeof token['content'] !== 'string' || token['content'] === '')
      return refuse(path, `entry ${index} of "added_tokens" needs an "id" below ${MAX_IDS} and a "content".`, {
        index,
      });
    return {
      id: token['id'],
      content: token['content'],
      special: token['special'] === true,
      rstrip: token['rstrip'] === true,
    };
  });
}

function largestVocabularyId(type: string, vocab: unknown, path: string): number {
  if (type === 'Unigram') {
    const sound = (entry: unknown): boolean =>
      Array.isArray(entry) && entry.length === 2 && typeof entry[0] === 'string' && typeof entry[1] === 'number';
    if (!Array.isArray(vocab) || vocab.length > MAX_IDS || !vocab.every(sound))
      return refuse(path, '"model.vocab" must be a list of [piece, score].');
    return vocab.length - 1;
  }
  if (!isObject(vocab)) return refuse(path, '"model.vocab" must map pieces to ids.');
  let largest = -1;
  const seen = new Uint8Array(MAX_IDS);
  for (const piece of Object.keys(vocab)) {
    const id = vocab[piece];
    if (!isId(id))
      return refuse(
        path,
        `the vocabulary entry ${JSON.stringify(piece)} has the id ${JSON.stringify(id)}, expected 0 to ${MAX_IDS - 1}.`,
        { piece, id },
      );
    if (seen[id] === 1) refuse(path, `two vocabulary entries have the id ${id}.`, { piece, id });
    seen[id] = 1;
    if (id > largest) largest = id;
  }
  return largest;
}
