// Where the time of encoding goes, by operator, from ONNX Runtime's own profile.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onnx } from '@hashee/runtime-onnx';

/** Runs whose operators don't count: words that turn up are projected there. */
const WARMUP = 1;

/**
 * @param {import('@hashee/core').EncoderConfig} config
 * @param {import('@hashee/core').WeightSource} weights
 * @param {{ table: import('@hashee/core').ExitTable | null, threads: number, batch: import('@hashee/core').TokenBatch, runs: number }} options
 * @returns {Promise<{ milliseconds: number, operators: { operator: string, milliseconds: number, calls: number }[] }>} of one batch,
 *   the longest first
 */
export async function profileEncoder(config, weights, { table, threads, batch, runs }) {
  const ort = createRequire(import.meta.resolve('@hashee/runtime-onnx'))('onnxruntime-node');
  const folder = mkdtempSync(join(tmpdir(), 'hashee-profile-'));
  /** @type {{ endProfiling(): void }[]} */
  const sessions = [];
  const InferenceSession = {
    /** @param {Uint8Array} bytes @param {object} options */
    async create(bytes, options) {
      const profileFilePrefix = join(folder, `session-${sessions.length}`);
      const session = await ort.InferenceSession.create(bytes, {
        ...options,
        enableProfiling: true,
        profileFilePrefix,
      });
      sessions.push(session);
      return session;
    },
  };
  const backend = onnx({ threads, ort: { ...ort, InferenceSession } });
  const encoder = await backend.load({ config, heads: [], weights }, { exitTable: table });
  try {
    let milliseconds = 0;
    for (let run = 0; run < WARMUP + runs; run++) {
      const started = performance.now();
      await encoder.forward(batch, { hidden: true });
      if (run >= WARMUP) milliseconds += (performance.now() - started) / runs;
    }
    for (const session of sessions) session.endProfiling();
    return { milliseconds, operators: byOperator(folder, WARMUP + runs) };
  } finally {
    await encoder.dispose();
    rmSync(folder, { recursive: true });
  }
}

/** @param {string} folder @param {number} runs all of them, so the warm-up's operators are in the means */
function byOperator(folder, runs) {
  /** @type {Map<string, { milliseconds: number, calls: number }>} */
  const operators = new Map();
  for (const file of readdirSync(folder)) {
    /** @type {{ cat: string, name: string, dur: number, args: { op_name: string } }[]} */
    const events = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    for (const { cat, name, dur, args } of events) {
      if (cat !== 'Node' || !name.endsWith('_kernel_time')) continue;
      const sum = operators.get(args.op_name) ?? { milliseconds: 0, calls: 0 };
      sum.milliseconds += dur / 1000 / runs;
      sum.calls += 1 / runs;
      operators.set(args.op_name, sum);
    }
  }
  return [...operators]
    .map(([operator, { milliseconds, calls }]) => ({ operator, milliseconds, calls: Math.round(calls) }))
    .sort((a, b) => b.milliseconds - a.milliseconds);
}
