import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { HasheeError } from '@hashee/core';
import type { BenchPart, OpenRow, OpenSettings, Row, WorkBatch } from './row.js';

const PROGRAM = fileURLToPath(new URL('../../python/torch_classify.py', import.meta.url));
/** PyTorch's threads may spin for a moment after their work; whoever is next isn't to feel it. */
const REST_MILLISECONDS = 100;

interface Reply {
  readonly milliseconds: number;
  readonly peakMemoryBytes: number;
  readonly answers: readonly (readonly [label: string, score: number])[];
}

/** PyTorch in a process of its own that answers one turn at a time, by its own clock. */
export const pytorchRow: Row = {
  ...{ name: 'pytorch-fp32', computes: 'dense', dtype: 'fp32', lastLayer: 'all' },
  about: "transformers and PyTorch in Python, its tokenizer in Rust; timed by Python's clock",
  refuses: ({ setting }) =>
    setting.workers === undefined ? undefined : 'it is one process with threads; see the settings with threads',
  open: openPython,
};

async function openPython({ place, part, setting, python = 'python3' }: OpenSettings): Promise<OpenRow> {
  const threads = String(setting.threads);
  const child = spawn(python, [PROGRAM, '--model', place.peers, '--part', part, '--threads', threads], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...{ OMP_NUM_THREADS: threads, MKL_NUM_THREADS: threads, HF_HUB_OFFLINE: '1', TOKENIZERS_PARALLELISM: 'false' },
    },
  });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints = (complaints + text).slice(-2000);
  });
  child.stdin.on('error', () => {});
  let closed = false;
  const ended = new Promise<never>((_, reject) => {
    const refuse = (reason: string, cause?: unknown): void => {
      closed = true;
      const missing = cause !== undefined || /No module named/.test(complaints);
      const last = complaints.trim().split('\n').at(-1) ?? '';
      const message = missing
        ? `it needs a Python with torch and transformers (--python); ${python}: ${last || reason}`
        : `${python} ended: ${last || reason}`;
      reject(new HasheeError(missing ? 'MISSING_DEPENDENCY' : 'RUNTIME', message, { cause }));
    };
    child.on('error', (error) => refuse(error.message, error));
    child.on('close', (code) => refuse(`exit code ${code}`));
  });
  ended.catch(() => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const read = async (): Promise<unknown> => {
    const { value, done } = await Promise.race([lines.next(), ended]);
    return done ? ended : JSON.parse(value);
  };
  const versions = (await read()) as Readonly<Record<string, string>>;
  return {
    versions,
    async run({ batches }) {
      child.stdin.write(`${JSON.stringify({ batches: batches.map((batch) => turnOf(batch, part)) })}\n`);
      const { milliseconds, peakMemoryBytes, answers } = (await read()) as Reply;
      if (setting.threads > 1) await new Promise((done) => setTimeout(done, REST_MILLISECONDS));
      return { milliseconds, peakMemoryBytes, answers: answers.map(([label, score]) => ({ label, score })) };
    },
    async dispose() {
      if (closed) return;
      child.stdin.end();
      await ended.catch(() => {});
    },
  };
}

/** A batch as the program reads it. */
function turnOf({ texts, tokens }: WorkBatch, part: BenchPart): unknown {
  if (part === 'texts') return texts;
  const { inputIds, tokenTypeIds, offsets } = tokens;
  const rowsOf = (values: Int32Array | Uint8Array): number[][] =>
    texts.map((_, b) => Array.from(values.subarray(offsets[b], offsets[b + 1])));
  return { ids: rowsOf(inputIds), types: rowsOf(tokenTypeIds) };
}
