import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeRun, type TrainEvent, type TrainOptions, train } from '../src/index.js';
import { RunLock } from '../src/run-lock.js';
import { smallRun } from './small-tasks.js';

const root = mkdtempSync(join(tmpdir(), 'hashee-run-lock-'));
/** A process of another program, as far as a lock can tell. */
let other: ChildProcess;
beforeAll(() => {
  other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
});
afterAll(() => {
  other.kill();
  rmSync(root, { recursive: true });
});

let count = 0;
const optionsOf = (): TrainOptions & { readonly directory: string } => ({
  ...smallRun(),
  directory: join(root, String(++count)),
});
const lockOf = (directory: string): string => join(directory, 'run.lock');

/** A run that was interrupted, with a lock that says so of whom it is given. */
async function locked(holder: object | string): Promise<TrainOptions & { readonly directory: string }> {
  const options = optionsOf();
  const controller = new AbortController();
  const onEvent = (event: TrainEvent): void => {
    if (event.type === 'step' && event.step === 7) controller.abort();
  };
  await expect(train({ ...options, onEvent, signal: controller.signal })).rejects.toMatchObject({ code: 'ABORTED' });
  expect(existsSync(lockOf(options.directory))).toBe(false);
  writeFileSync(lockOf(options.directory), typeof holder === 'string' ? holder : JSON.stringify(holder));
  return options;
}

const straight = await train(smallRun());

describe('the folder of a run', () => {
  it('is for one run at a time: a second one is refused and touches nothing', async () => {
    const options = optionsOf();
    const half = join(options.directory, 'checkpoint.safetensors.0123456789ab.tmp');
    let second: Promise<unknown> | undefined;
    const { history } = await train({
      ...options,
      onEvent: (event) => {
        if (event.type !== 'step' || event.step !== 7) return;
        writeFileSync(half, 'being written');
        second = train(options).then(
          () => 'not refused',
          (error: unknown) => error,
        );
      },
    });
    expect(await second).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining(
        `is in use: process ${process.pid} on ${hostname()} has been training there since`,
      ),
      fields: { directory: options.directory, lock: lockOf(options.directory), pid: process.pid },
    });
    expect(existsSync(half)).toBe(true);
    expect(history).toEqual(straight.history);
    const log = readFileSync(join(options.directory, 'train-log.jsonl'), 'utf8').trim().split('\n');
    const steps = log.map((line) => JSON.parse(line)).flatMap(({ type, step }) => (type === 'step' ? [step] : []));
    expect(steps).toEqual(Array.from({ length: straight.steps }, (_, i) => i + 1));
    expect(readdirSync(options.directory)).not.toContain('run.lock');
  });

  it('stays with a process that lives, also against restarting and removing', async () => {
    const options = await locked({ pid: other.pid, host: hostname(), since: Date.now() });
    const before = readdirSync(options.directory).sort();
    for (const resume of ['auto', 'restart'] as const)
      await expect(train({ ...options, resume })).rejects.toThrow(`is in use: process ${other.pid} `);
    await expect(removeRun(options.directory)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(readdirSync(options.directory).sort()).toEqual(before);
    const remote = await locked({ pid: 1, host: 'another-machine', since: Date.now() });
    await expect(train(remote)).rejects.toThrow(/process 1 on another-machine .*, remove .*run\.lock/);
    const unsound = await locked('');
    await expect(train(unsound)).rejects.toThrow(/another process is about to train there/);
  });

  it('that can never be read is refused, and one that another process has put aside is left there', async () => {
    const options = await locked('{');
    rmSync(lockOf(options.directory));
    symlinkSync('nowhere', lockOf(options.directory));
    await expect(train(options)).rejects.toThrow(/is in use/);
    rmSync(lockOf(options.directory));
    const aside = `${lockOf(options.directory)}.0123abcd.tmp`;
    writeFileSync(aside, '{}');
    await train(options);
    expect(existsSync(aside)).toBe(true);
  });

  it('is never seen without its text, which a kill would leave behind', async () => {
    const directory = mkdtempSync(join(root, 'seen-'));
    const seen = new Set<boolean>();
    let looking = true;
    const look = (): void => {
      try {
        seen.add(readFileSync(lockOf(directory), 'utf8') === '');
      } catch {
        // Between two locks.
      }
      if (looking) setImmediate(look);
    };
    look();
    for (let i = 0; i < 50; i++) await (await RunLock.acquire(directory)).release();
    looking = false;
    expect([...seen]).toEqual([false]);
  });

  it('is taken over from one that is gone', async () => {
    const dead = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' });
    await once(dead, 'close');
    const gone = [
      { pid: dead.pid, host: hostname(), since: Date.now() },
      // Its number belongs to this process now.
      { pid: process.pid, host: hostname(), since: Math.floor(Date.now() - 1000 * process.uptime()) - 5000 },
    ];
    for (const holder of gone) {
      const options = await locked(holder);
      expect((await train(options)).history).toEqual(straight.history);
      expect(readdirSync(options.directory).sort()).toEqual(['checkpoint.safetensors', 'train-log.jsonl']);
    }
    // A number that another process has now tells nothing: whoever knows better removes the file.
    await expect(train(await locked({ pid: other.pid, host: hostname(), since: 1000 }))).rejects.toThrow(/is in use/);
    const old = await locked('{');
    utimesSync(lockOf(old.directory), 1, 1);
    expect((await train(old)).history).toEqual(straight.history);
  });

  it('can be read by all once the run has ended', async () => {
    const options = optionsOf();
    const { history } = await train(options);
    writeFileSync(lockOf(options.directory), JSON.stringify({ pid: other.pid, host: hostname(), since: Date.now() }));
    expect((await train(options)).history).toEqual(history);
  });
});
