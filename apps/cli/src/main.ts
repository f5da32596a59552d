#!/usr/bin/env node
import { INTERRUPTS, Interrupted, OutputClosed } from './exit-code.js';
import { createBackend } from './model/create-backend.js';
import { runHashee } from './run-hashee.js';

const controller = new AbortController();

// The first Ctrl-C asks the command to stop, the second one ends it.
for (const signal of Object.keys(INTERRUPTS) as (keyof typeof INTERRUPTS)[])
  process.on(signal, () => {
    if (controller.signal.aborted) process.exit(INTERRUPTS[signal]);
    controller.abort(new Interrupted(signal));
  });
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  controller.abort(error.code === 'EPIPE' ? new OutputClosed() : error);
});
process.stderr.on('error', () => {});

let readsInput = false;
process.exitCode = await runHashee(process.argv.slice(2), {
  get stdin() {
    readsInput = true;
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal: controller.signal,
  createBackend,
});
// An input that wasn't read to its end would keep the process waiting.
if (readsInput) process.stdin.destroy();
