#!/usr/bin/env node
import { processSignal } from '@hashee/terminal';
import { runCompare } from './run-compare.js';

const { stdout, stderr, env } = process;
process.exitCode = await runCompare(process.argv.slice(2), {
  ...{ stdout, stderr, env, signal: processSignal() },
  createBackend: async (threads) => {
    const { onnx } = await import('@hashee/runtime-onnx');
    return onnx({ threads });
  },
});
