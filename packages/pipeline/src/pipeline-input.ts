import { HasheeError, type TextInput } from '@hashee/core';

/**
 * One text, or a pair of texts. An array on the outside is always a list of inputs, so a single pair is written
 * `{ text, text_pair }`, or `['first', 'second']` inside a list.
 */
export type PipelineInput = string | readonly [first: string, second: string] | PipelinePair;

/** A pair of texts by name, as Hugging Face pipelines take it. */
export interface PipelinePair {
  readonly text: string;
  readonly text_pair?: string | undefined;
}

/** Any number of inputs: an array, a set, a generator, the lines of a file. */
export type PipelineInputs = Iterable<PipelineInput> | AsyncIterable<PipelineInput>;

/** True for what holds inputs, false for an input. */
export function isMany(value: unknown): value is PipelineInputs {
  return typeof value === 'object' && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value);
}

function refuse(index: number, message: string, fields: Record<string, unknown> = {}): never {
  throw new HasheeError('INVALID_ARGUMENT', `Input ${index} ${message}`, { fields: { index, ...fields } });
}

function checkText(value: unknown, index: number, what: string): string {
  if (typeof value !== 'string') refuse(index, `has ${describe(value)} as ${what}; expected a string.`);
  if (value.trim() === '')
    refuse(index, `has an empty ${what}; there is nothing to classify. Leave it out or give it text.`);
  return value;
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? `an array of ${value.length}` : `a value of type ${typeof value}`;
}

/**
 * Brings an input into the tokenizer's form.
 * @param index position in the caller's list, for messages
 * @throws HasheeError `INVALID_ARGUMENT` for anything that isn't text, and for empty or blank text
 */
export function toTextInput(input: unknown, index: number): TextInput {
  if (typeof input === 'string') return checkText(input, index, 'text');
  if (Array.isArray(input)) {
    if (input.length !== 2)
      refuse(index, `is an array of ${input.length}; a pair is an array of exactly two texts.`, {
        length: input.length,
      });
    return [checkText(input[0], index, 'first text'), checkText(input[1], index, 'second text')];
  }
  if (typeof input === 'object' && input !== null && 'text' in input) {
    const { text, text_pair } = input as { text: unknown; text_pair?: unknown };
    if (text_pair === undefined) return checkText(text, index, 'text');
    return [checkText(text, index, 'text'), checkText(text_pair, index, 'text_pair')];
  }
  return refuse(index, `is ${describe(input)}; expected a string, a pair ['first', 'second'] or { text, text_pair }.`);
}
