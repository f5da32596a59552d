import type { Readable } from 'node:stream';
import type { Backend } from '@hashee/core';
import type { TerminalContext } from '@hashee/terminal';

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
export interface Context extends TerminalContext {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** Makes the runtime that computes. @default ONNX Runtime, loaded when the first command needs it */
  readonly createBackend: (request: BackendRequest) => Promise<Backend>;
}
