import { Writable } from 'node:stream';
import { onnx } from '@hashee/runtime-onnx';
import { runCompare } from '../src/index.js';

/** Runs the command in this process. */
export async function runQuietly(
  words: readonly string[],
): Promise<{ readonly code: number; readonly stderr: string }> {
  let stderr = '';
  const sink = (keep: (text: string) => void): Writable =>
    new Writable({
      write(chunk, _encoding, done) {
        keep(String(chunk));
        done();
      },
    });
  const code = await runCompare(words, {
    stdout: sink(() => {}),
    stderr: sink((text) => {
      stderr += text;
    }),
    env: {},
    signal: new AbortController().signal,
    createBackend: async (threads) => onnx({ threads }),
  });
  return { code, stderr };
}
