import type { HasheeErrorCode, Output, TokenBatch } from '@hashee/core';
import type { AttentionPreference } from '../encoder/choose-shape.js';
import type { BoundModel } from '../inference/bound-model.js';

/** The model of a worker; the first message it gets. */
export interface LoadRequest {
  readonly kind: 'load';
  readonly bound: BoundModel;
  readonly threads: number;
  readonly attention: AttentionPreference | undefined;
  readonly lastLayer: 'read' | 'all' | undefined;
  readonly cacheProjections: boolean | undefined;
}

export interface ForwardRequest {
  readonly kind: 'forward';
  /** Repeated in the answer. */
  readonly id: number;
  readonly batch: TokenBatch;
  readonly hidden: boolean;
}

/** Frees the model; the last message. */
export interface CloseRequest {
  readonly kind: 'close';
}

export type Request = LoadRequest | ForwardRequest | CloseRequest;

export type Answer =
  | { readonly kind: 'ready' }
  /** The model can't be loaded in this worker. */
  | { readonly kind: 'refused'; readonly error: ErrorMessage }
  | { readonly kind: 'output'; readonly id: number; readonly output: Output }
  | { readonly kind: 'failed'; readonly id: number; readonly error: ErrorMessage }
  | { readonly kind: 'closed' };

/** A HasheeError as plain data: structured cloning would leave its code behind. */
export interface ErrorMessage {
  readonly code: HasheeErrorCode;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}
