import type { HashDescription, HeadConfig } from '@hashee/core';
import { assertSharedHeads, HasheeError } from '@hashee/core';
import { ConfigFields } from '../config/config-fields.js';
import { readJsonObject } from '../files/read-json.js';
import type { HasheeMetadata, Measurement } from './metadata.js';

export const HASHEE_FILE = 'hashee.json';
/** The `U8` tensor [V] of exit layers in the weights file. */
export const EXIT_LAYERS_TENSOR = 'hashee.exit_layers';
/** The same of an encoder-decoder's decoder. */
export const DECODER_EXIT_LAYERS_TENSOR = 'hashee.decoder_exit_layers';

const FORMAT_VERSION = 1;
const LIMIT = 16 << 20;
const TASKS = ['sequence-classification', 'regression', 'token-classification'];
const DENSE = ['none', 'tanh', 'relu', 'gelu', 'tanh+relu'];

/** Content of hashee.json. */
export interface HasheeFile {
  /** L */
  readonly layers: number;
  /** V */
  readonly vocabulary: number;
  readonly tokenizerFingerprint?: string | undefined;
  readonly heads: readonly HeadConfig[];
  /** Present where the weights file has exit layers. */
  readonly exitTable?: { readonly tensor: string; readonly hash: HashDescription } | undefined;
  /** The same for the tokens of a decoder. */
  readonly decoderExitTable?: HasheeFile['exitTable'];
  readonly metadata: HasheeMetadata;
}

/**
 * Reads hashee.json.
 * @throws HasheeError `NOT_FOUND`, `IO`, `INVALID_CONFIG` with the field, `UNSUPPORTED` for a newer format
 */
export async function readHasheeFile(path: string): Promise<HasheeFile> {
  return parseHasheeFile(await readJsonObject(path, 'INVALID_CONFIG', LIMIT), path);
}

/** @throws HasheeError `INVALID_CONFIG` with the field, `UNSUPPORTED` for a newer format */
export function parseHasheeFile(values: Readonly<Record<string, unknown>>, path: string): HasheeFile {
  const fields = new ConfigFields(values, path);
  const version = fields.integer('formatVersion');
  if (version !== FORMAT_VERSION)
    fields.unsupported(
      `"formatVersion" is ${version}, this version of Hashee reads ${FORMAT_VERSION}. Update @hashee/checkpoint.`,
      { expected: FORMAT_VERSION, actual: version },
    );
  const layers = fields.integer('layers');
  const parsed = fields.list('heads').map((head) => readHead(fields, head, layers));
  if (new Set(parsed.map(({ name }) => name)).size !== parsed.length)
    fields.refuse(
      'heads',
      'a list of heads with names of their own',
      parsed.map(({ name }) => name),
    );
  assertSharedHeads(parsed);
  return {
    layers,
    vocabulary: fields.integer('vocabulary'),
    tokenizerFingerprint:
      fields.get('tokenizerFingerprint') === undefined ? undefined : fields.string('tokenizerFingerprint'),
    heads: parsed,
    exitTable: readTable(fields, 'exitTable'),
    decoderExitTable: readTable(fields, 'decoderExitTable'),
    metadata: readMetadata(fields),
  };
}

/**
 * The JSON text of hashee.json.
 * @throws HasheeError `INVALID_ARGUMENT` when the metadata isn't plain JSON, `INVALID_CONFIG` when it couldn't be read again
 */
export function formatHasheeFile(file: HasheeFile): string {
  const { layers, vocabulary, tokenizerFingerprint, heads, exitTable, decoderExitTable, metadata } = file;
  const { method, baseModel, license, training, quality, speed } = metadata;
  const document = {
    ...{ formatVersion: FORMAT_VERSION, layers, vocabulary, tokenizerFingerprint, heads, exitTable, decoderExitTable },
    ...{ method, baseModel, license, training, quality, speed },
  };
  let text: string;
  try {
    text = `${JSON.stringify(document, refuseNumbersThatJsonLacks, 2)}\n`;
  } catch (cause) {
    if (HasheeError.isInstance(cause)) throw cause;
    throw new HasheeError('INVALID_ARGUMENT', 'The metadata of a model must be plain JSON.', { cause });
  }
  parseHasheeFile(JSON.parse(text) as Record<string, unknown>, HASHEE_FILE);
  return text;
}

/** JSON has no NaN: it would become `null` without a word. */
function refuseNumbersThatJsonLacks(key: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new HasheeError('INVALID_ARGUMENT', `The metadata of a model must be plain JSON, "${key}" is ${value}.`, {
      fields: { key, value },
    });
  return value;
}

function readHead(fields: ConfigFields, value: unknown, layers: number): HeadConfig {
  const head = new ConfigFields(asObject(fields, 'heads', value), `${fields.file}, "heads"`);
  const { name, task, labels, layer, dense, dropout } = {
    name: head.string('name'),
    task: head.string('task'),
    labels: head.list('labels'),
    layer: head.integer('layer'),
    dense: head.string('dense'),
    dropout: head.number('dropout', 0),
  };
  if (!/^[\w-]{1,64}$/.test(name)) head.refuse('name', 'letters, digits, - and _', name);
  if (!TASKS.includes(task)) head.refuse('task', `one of ${TASKS.join(', ')}`, task);
  if (!DENSE.includes(dense)) head.refuse('dense', `one of ${DENSE.join(', ')}`, dense);
  if (layer < 1 || layer > layers) head.refuse('layer', `from 1 to ${layers}`, layer);
  if (!(dropout >= 0 && dropout < 1)) head.refuse('dropout', 'from 0 to below 1', dropout);
  if (labels.length < 1 || !labels.every((label) => typeof label === 'string'))
    head.refuse('labels', 'a list of names', labels);
  if (task === 'regression' && labels.length !== 1) head.refuse('labels', 'one name for a regression', labels);
  const shares = head.get('shares') === undefined ? undefined : readShares(head);
  const attention = head.get('attention') === undefined ? undefined : readAttention(head);
  const parts = { ...(attention ? { attention } : {}), ...(shares ? { shares } : {}) };
  return { name, task, labels, layer, dense, dropout, ...parts } as HeadConfig;
}

/** Whether its sizes fit each other and the task is checked with the model. */
function readAttention(head: ConfigFields): NonNullable<HeadConfig['attention']> {
  const fields = new ConfigFields(head.object('attention'), `${head.file}.attention`);
  return { units: fields.integer('units'), heads: fields.integer('heads') };
}

/** Names of the heads whose tensors a head uses; whether they are there is checked with the model. */
function readShares(head: ConfigFields): NonNullable<HeadConfig['shares']> {
  const fields = new ConfigFields(head.object('shares'), `${head.file}.shares`);
  const part = (name: 'dense' | 'classifier'): object =>
    fields.get(name) === undefined ? {} : { [name]: fields.string(name) };
  return { ...part('dense'), ...part('classifier') };
}

function readTable(fields: ConfigFields, name: 'exitTable' | 'decoderExitTable'): HasheeFile['exitTable'] {
  if (fields.get(name) === undefined) return undefined;
  const table = new ConfigFields(fields.object(name), `${fields.file}, "${name}"`);
  const hash = new ConfigFields(table.object('hash'), `${fields.file}, "${name}.hash"`);
  return {
    tensor: table.string('tensor'),
    hash: { name: hash.string('name'), parameters: hash.object('parameters') },
  };
}

function readMetadata(fields: ConfigFields): HasheeMetadata {
  const metadata: { -readonly [key in keyof HasheeMetadata]: HasheeMetadata[key] } = {};
  if (fields.get('method') !== undefined) {
    const method = new ConfigFields(fields.object('method'), `${fields.file}, "method"`);
    metadata.method = { name: method.string('name'), parameters: method.object('parameters') };
  }
  if (fields.get('training') !== undefined) metadata.training = fields.object('training');
  for (const name of ['baseModel', 'license'] as const)
    if (fields.get(name) !== undefined) metadata[name] = fields.string(name);
  for (const list of ['quality', 'speed'] as const) {
    if (fields.get(list) !== undefined)
      metadata[list] = fields.list(list).map((value) => readMeasurement(fields, list, value));
  }
  return metadata;
}

function readMeasurement(fields: ConfigFields, list: string, value: unknown): Measurement {
  const object = asObject(fields, list, value);
  const entry = new ConfigFields(object, `${fields.file}, "${list}"`);
  entry.string('name');
  entry.number('value');
  return object as unknown as Measurement;
}

function asObject(fields: ConfigFields, name: string, value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fields.refuse(name, 'objects', value);
  return value as Record<string, unknown>;
}
