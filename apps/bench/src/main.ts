#!/usr/bin/env node
import { processSignal } from '@hashee/terminal';
import { runBench } from './run-bench.js';

const { stdout, stderr, env } = process;
process.exitCode = await runBench(process.argv.slice(2), { stdout, stderr, env, signal: processSignal() });
