import { readFile, stat } from 'node:fs/promises';
import { type ExitTable, HasheeError, systemError, validateExitTable } from '@hashee/core';
import { fileSink } from '../io/line-sink.js';

const FORMAT = 'hashee-exit-table';
const FORMAT_VERSION = 1;
/** Base64 of the largest vocabulary, and room for the parameters. */
const LIMIT = 16 << 20;

/**
 * An exit table in a file of its own, as JSON: `format`, `formatVersion`, `layers` (L), `vocabulary` (V),
 * `tokenizerFingerprint`, `hash` { `name`, `parameters` } and `exitLayers`, the V bytes in base64.
 * @throws HasheeError `IO`
 */
export async function writeTableFile(path: string, table: ExitTable): Promise<void> {
  const { layers, exitLayer, hash, tokenizerFingerprint } = table;
  const document = {
    format: FORMAT,
    formatVersion: FORMAT_VERSION,
    layers,
    vocabulary: exitLayer.length,
    ...(tokenizerFingerprint === undefined ? {} : { tokenizerFingerprint }),
    hash,
    exitLayers: Buffer.from(exitLayer).toString('base64'),
  };
  const sink = await fileSink(path);
  await sink.line(JSON.stringify(document, null, 2));
  await sink.finish();
}

/** @throws HasheeError `NOT_FOUND`, `IO`, `INVALID_TABLE` with what is wrong, `UNSUPPORTED` for a newer format */
export async function readTableFile(path: string): Promise<ExitTable> {
  const refuse = (problem: string, cause?: unknown): never => {
    throw new HasheeError('INVALID_TABLE', `${path} is not an exit table: ${problem}.`, {
      fields: { path },
      ...(cause === undefined ? {} : { cause }),
    });
  };
  const document = await readObject(path, refuse);
  const { format, formatVersion, layers, vocabulary, tokenizerFingerprint, hash, exitLayers } = document;
  if (format !== FORMAT) refuse(`"format" must be "${FORMAT}"`);
  if (formatVersion !== FORMAT_VERSION)
    throw new HasheeError(
      'UNSUPPORTED',
      `${path} has format version ${JSON.stringify(formatVersion)}, this version of Hashee reads ${FORMAT_VERSION}.`,
      { fields: { path, expected: FORMAT_VERSION, actual: formatVersion } },
    );
  if (typeof exitLayers !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(exitLayers))
    return refuse('"exitLayers" must be bytes in base64');
  const bytes = Uint8Array.from(Buffer.from(exitLayers, 'base64'));
  if (bytes.length !== vocabulary)
    refuse(`"exitLayers" has ${bytes.length} entries, "vocabulary" is ${JSON.stringify(vocabulary)}`);
  if (!isObject(hash) || typeof hash['name'] !== 'string' || !isObject(hash['parameters']))
    return refuse('"hash" must have a name and parameters');
  if (tokenizerFingerprint !== undefined && typeof tokenizerFingerprint !== 'string')
    return refuse('"tokenizerFingerprint" must be a text');
  const table: ExitTable = {
    layers: layers as number,
    exitLayer: bytes,
    hash: { name: hash['name'], parameters: hash['parameters'] },
    ...(tokenizerFingerprint === undefined ? {} : { tokenizerFingerprint }),
  };
  validateExitTable(table);
  return table;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function readObject(
  path: string,
  refuse: (problem: string, cause?: unknown) => never,
): Promise<Record<string, unknown>> {
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > LIMIT) refuse(`it has ${size} bytes, at most ${LIMIT} are expected`);
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw systemError(error, 'read', path);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return refuse('it is not valid JSON', cause);
  }
  return isObject(value) ? value : refuse('it must hold a JSON object');
}
