import { Readable, Writable } from 'node:stream';
import type { Context } from '../src/context.js';
import { createBackend } from '../src/model/create-backend.js';
import { runHashee } from '../src/run-hashee.js';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout by line. */
  readonly lines: readonly string[];
}

export interface RunOptions {
  /** Text that is piped in. @default a terminal, so nothing */
  readonly stdin?: string | Readable | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** stdout is a terminal. */
  readonly terminal?: boolean | undefined;
  /** In place of the stream that is kept. */
  readonly stdout?: Context['stdout'] | undefined;
  /** @default the real ones */
  readonly createBackend?: Context['createBackend'] | undefined;
  /** Called with all of stderr whenever something is written there. */
  readonly onStderr?: ((text: string) => void) | undefined;
}

/** Runs the command in this process, on the real runtime, with streams that are kept. */
export async function run(words: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { env = {}, signal = new AbortController().signal, terminal = false } = options;
  const written = { stdout: '', stderr: '' };
  const sink = (name: 'stdout' | 'stderr'): Writable & { isTTY: boolean } =>
    Object.assign(
      new Writable({
        write(chunk, _encoding, done) {
          written[name] += String(chunk);
          if (name === 'stderr') options.onStderr?.(written.stderr);
          done();
        },
      }),
      { isTTY: terminal && name === 'stdout' },
    );
  const stdin =
    options.stdin === undefined
      ? Object.assign(Readable.from([]), { isTTY: true })
      : typeof options.stdin === 'string'
        ? Readable.from([Buffer.from(options.stdin)])
        : options.stdin;
  const code = await runHashee(words, {
    stdin,
    stdout: options.stdout ?? sink('stdout'),
    stderr: sink('stderr'),
    env,
    signal,
    createBackend: options.createBackend ?? createBackend,
  });
  return { code, ...written, lines: written.stdout.split('\n').slice(0, -1) };
}
