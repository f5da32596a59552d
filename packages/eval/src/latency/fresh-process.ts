import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { HasheeError, throwIfAborted } from '@hashee/core';

export interface FreshProcessOptions {
  /**
   * The process is ended when its memory passes this. Watched on Linux while it runs; elsewhere only its peak is compared.
   * @default none
   */
  readonly memoryLimitBytes?: number | undefined;
  /** Options of Node itself. @default those of this process */
  readonly execArgv?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How a task in a process of its own ended. */
export type FreshOutcome<Result> =
  | { readonly status: 'done'; readonly result: Result; readonly peakMemoryBytes: number }
  /** It needed more than the limit, or the system ended it for want of memory. */
  | { readonly status: 'out-of-memory'; readonly peakMemoryBytes: number };

/** What the process runs. Its own peak on Linux: elsewhere counted from the parent's on, where it was larger. */
const MAIN = `
import { readFileSync } from 'node:fs';
process.once('message', async ({ task, input }) => {
  try {
    const { default: run } = await import(task);
    const result = await run(input);
    let peak = 1024 * process.resourceUsage().maxRSS;
    if (process.platform === 'linux') peak = 1024 * Number(/VmHWM:\\s*(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
    process.send({ result, peak }, () => process.exit(0));
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.send({ error: message }, () => process.exit(1));
  }
});
process.once('disconnect', () => process.exit(1));
process.send({ ready: true });
`;

type Message =
  | { readonly ready: true }
  | { readonly error: string }
  | { readonly result: unknown; readonly peak: number };

const WATCH_MILLISECONDS = 10;

/**
 * Runs the default export of a module in a process of its own, where nothing else has used memory yet, and says how much it
 * took at its peak.
 * @param task module whose default export is a function from `input` to a result, or a promise of one
 * @param input anything that can be cloned (numbers, strings, arrays, typed arrays)
 * @throws HasheeError `RUNTIME` where the task throws or its process dies for another reason than memory, `ABORTED`
 */
export async function runInFreshProcess<Input, Result>(
  task: URL | string,
  input: Input,
  { memoryLimitBytes = Number.POSITIVE_INFINITY, execArgv = process.execArgv, signal }: FreshProcessOptions = {},
): Promise<FreshOutcome<Result>> {
  throwIfAborted(signal, 'The task');
  const module = task instanceof URL ? task.href : pathToFileURL(task).href;
  const child = spawn(process.execPath, [...execArgv, '--input-type=module', '--eval', MAIN], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced',
  });
  let answer: Message | undefined;
  let complaints = '';
  let watched = 0;
  let overLimit = false;
  const kill = (): void => void child.kill('SIGKILL');
  child.on('message', (message: Message) => {
    if ('ready' in message) child.send({ task: module, input } as object);
    else answer = message;
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    complaints = (complaints + chunk.toString()).slice(-2000);
  });
  const watch = setInterval(async () => {
    watched = Math.max(watched, await residentBytes(child.pid));
    if (watched <= memoryLimitBytes) return;
    overLimit = true;
    kill();
  }, WATCH_MILLISECONDS);
  signal?.addEventListener('abort', kill);
  try {
    const ended = await new Promise<string>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, by) => resolve(by ?? `exit code ${code}`));
    });
    throwIfAborted(signal, 'The task');
    if (answer && 'result' in answer && !overLimit) {
      if (answer.peak > memoryLimitBytes) return { status: 'out-of-memory', peakMemoryBytes: answer.peak };
      return { status: 'done', result: answer.result as Result, peakMemoryBytes: answer.peak };
    }
    if (overLimit || ended === 'SIGKILL' || ended === 'SIGABRT')
      return { status: 'out-of-memory', peakMemoryBytes: watched };
    const reason = answer && 'error' in answer ? answer.error : `${ended}. ${complaints}`;
    throw new HasheeError('RUNTIME', `The task in a fresh process failed: ${reason}`, { fields: { task: module } });
  } catch (cause) {
    if (HasheeError.isInstance(cause)) throw cause;
    throw new HasheeError('RUNTIME', 'Cannot start a fresh process.', { fields: { task: module }, cause });
  } finally {
    clearInterval(watch);
    signal?.removeEventListener('abort', kill);
  }
}

/** Memory that a process has at the moment; 0 where the system doesn't tell. */
async function residentBytes(pid: number | undefined): Promise<number> {
  if (process.platform !== 'linux' || pid === undefined) return 0;
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return 1024 * Number(/VmRSS:\s*(\d+)/.exec(status)?.[1] ?? 0);
}
