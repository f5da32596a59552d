import type { GeneratedText } from './generated-text.js';

/** A token as soon as it is chosen; only without beams. */
export interface TokenEvent {
  readonly type: 'token';
  /** Position of the text in the call. */
  readonly index: number;
  /** Which of several samples of a text, from 0. */
  readonly sequence: number;
  readonly tokenId: number;
  /** What is certain now and wasn't before; may be empty. All pieces of an output together are its text. */
  readonly text: string;
}

export type GenerationEvent =
  | TokenEvent
  | { readonly type: 'done'; readonly index: number; readonly result: GeneratedText };
