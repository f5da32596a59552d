import type { Readable, Writable } from 'node:stream';
import type { Backend } from '@hashee/core';

/** A stream to write to that may be a terminal. */
export type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** How a command asks for a runtime. */
export interface BackendRequest {
  /** Threads inside an operator. @default the runtime's */
  readonly threads?: number | undefined;
  /** @default 'onnx' */
  readonly runtime?: 'onnx' | 'tfjs' | undefined;
  /** Queries of the last layer: those that the head reads, or all. Of ONNX Runtime. @default 'read' */
  readonly lastLayer?: 'read' | 'all' | undefined;
  /** Engine of TensorFlow.js. @default 'auto' */
  readonly engine?: 'auto' | 'node-gpu' | 'node' | 'wasm' | 'cpu' | undefined;
}

/** Everything a command touches of the world it runs in. */
export interface Context {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted at the first Ctrl-C, or when stdout is closed. */
  readonly signal: AbortSignal;
  /** Makes the runtime that computes. @default ONNX Runtime, loaded when the first command needs it */
  readonly createBackend: (request: BackendRequest) => Promise<Backend>;
}
