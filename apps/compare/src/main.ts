#!/usr/bin/env node
import { INTERRUPTS, Interrupted } from './exit-code.js';
import { runCompare } from './run-compare.js';

const controller = new AbortController();

// The first Ctrl-C asks the command to stop, the second one ends it.
for (const signal of Object.keys(INTERRUPTS) as (keyof typeof INTERRUPTS)[])
  process.on(signal, () => {
    if (controller.signal.aborted) process.exit(INTERRUPTS[signal]);
    controller.abort(new Interrupted(signal));
  });
process.stderr.on('error', () => {});
// Whoever read has had enough, as `head` has.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => process.exit(code === 'EPIPE' ? 0 : 1));

process.exitCode = await runCompare(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal: controller.signal,
  createBackend: async (threads) => {
    const { onnx } = await import('@hashee/runtime-onnx');
    return onnx({ threads });
  },
});
