import { type EncodedText, type TextInput, type Tokenizer, throwIfAborted } from '@hashee/core';
import { type PipelineInput, toTextInput } from './pipeline-input.js';

/** Inputs that are sorted and run together. */
export interface TokenizedWindow {
  readonly texts: readonly TextInput[];
  readonly encoded: readonly EncodedText[];
}

export interface TokenizeOptions {
  /** In tokens. */
  readonly maxLength: number;
  /** Let others have the thread every few milliseconds. */
  readonly pause: boolean;
  readonly signal: AbortSignal;
}

/** Milliseconds of tokenizing between pauses. */
const SLICE = 8;

/** @throws HasheeError `INVALID_ARGUMENT` with the index of an input that isn't text, `ABORTED` */
export async function* tokenizeWindows(
  windows: AsyncIterable<readonly PipelineInput[]>,
  tokenizer: Tokenizer,
  { maxLength, pause, signal }: TokenizeOptions,
): AsyncGenerator<TokenizedWindow, void, undefined> {
  let index = 0;
  for await (const window of windows) {
    const texts = window.map((input) => toTextInput(input, index++));
    const encoded: EncodedText[] = [];
    let resumed = performance.now();
    for (const text of texts) {
      encoded.push(tokenizer.encode(text, { maxLength }));
      if (!pause || performance.now() - resumed < SLICE) continue;
      await new Promise<void>((resolve) => setTimeout(resolve, 0));
      throwIfAborted(signal, 'The pipeline');
      resumed = performance.now();
    }
    yield { texts, encoded };
  }
}
