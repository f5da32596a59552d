#!/usr/bin/env node
import { INTERRUPTS, Interrupted } from './exit-code.js';
import { runBench } from './run-bench.js';

const controller = new AbortController();

// The first Ctrl-C asks the command to stop, the second one ends it.
for (const signal of Object.keys(INTERRUPTS) as (keyof typeof INTERRUPTS)[])
  process.on(signal, () => {
    if (controller.signal.aborted) process.exit(INTERRUPTS[signal]);
    controller.abort(new Interrupted(signal));
  });
process.stderr.on('error', () => {});

process.exitCode = await runBench(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal: controller.signal,
});
