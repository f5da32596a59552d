#!/usr/bin/env node
import { processSignal } from '@hashee/terminal';
import { createBackend } from './model/create-backend.js';
import { runHashee } from './run-hashee.js';

const signal = processSignal();

let readsInput = false;
process.exitCode = await runHashee(process.argv.slice(2), {
  get stdin() {
    readsInput = true;
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal,
  createBackend,
});
// An input that wasn't read to its end would keep the process waiting.
if (readsInput) process.stdin.destroy();
