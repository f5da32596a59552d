import type { MessagePort } from 'node:worker_threads';
import { HasheeError, type Output } from '@hashee/core';
import { openEncoder } from '../inference/bound-model.js';
import type { OnnxEncoder } from '../inference/onnx-encoder.js';
import { loadOrt } from '../session/ort.js';
import { toErrorMessage } from './error-message.js';
import type { Answer, ForwardRequest, LoadRequest, Request } from './messages.js';

/** What a worker does: it loads the model it is sent, runs batches, and frees the model when told to. */
export function serve(port: MessagePort): void {
  let encoder: OnnxEncoder | undefined;
  let loading: Promise<void> = Promise.resolve();
  const answer = (message: Answer, transfer: readonly ArrayBuffer[] = []): void => port.postMessage(message, transfer);

  async function load({ bound, threads, ...choices }: LoadRequest): Promise<void> {
    try {
      const ort = await loadOrt(undefined);
      // The file of the weights belongs to the thread that wrote it.
      const release = async (): Promise<void> => {};
      encoder = openEncoder(bound, { ort, threads, executionProviders: ['cpu'] }, { ...choices, release });
      answer({ kind: 'ready' });
    } catch (error) {
      answer({ kind: 'refused', error: toErrorMessage(error) });
    }
  }

  async function forward({ id, batch, hidden }: ForwardRequest): Promise<void> {
    try {
      if (!encoder) throw new HasheeError('RUNTIME', 'A worker was sent a batch before its model.');
      const { output, buffers } = transferable(await encoder.forward(batch, { hidden }));
      answer({ kind: 'output', id, output }, buffers);
    } catch (error) {
      answer({ kind: 'failed', id, error: toErrorMessage(error) });
    }
  }

  async function close(): Promise<void> {
    await loading;
    await encoder?.dispose().catch(() => {});
    answer({ kind: 'closed' });
  }

  port.on('message', (request: Request) => {
    if (request.kind === 'load') loading = load(request);
    else if (request.kind === 'forward') void forward(request);
    else void close();
  });
}

/** Copies what the runtime owns, whose memory may not change threads. */
function transferable(output: Output): { output: Output; buffers: ArrayBuffer[] } {
  const logits = output.logits.slice();
  const hidden = output.hidden?.slice();
  const exitLayers = output.account.exitLayers.slice();
  return {
    output: { ...output, logits, ...(hidden ? { hidden } : {}), account: { ...output.account, exitLayers } },
    buffers: [logits.buffer, exitLayers.buffer, ...(hidden ? [hidden.buffer] : [])],
  };
}
