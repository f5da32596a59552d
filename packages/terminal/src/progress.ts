import type { SingleBar } from 'cli-progress';
import type { OutputStream } from './output-stream.js';

/** How far a command is. */
export interface ProgressState {
  readonly done: number;
  /** Absent where nobody knows. */
  readonly total?: number | undefined;
  /** What stands behind the bar, such as the loss. */
  readonly text: string;
}

/** Shows how far a command is, on stderr. */
export interface ProgressDisplay {
  update(state: ProgressState): void;
  /** Takes the line away, so that something else can be written. The next update brings it back. */
  clear(): void;
  stop(): void;
}

const LOG_EVERY = 10_000;

/** A bar on a terminal; elsewhere a line every ten seconds, so that quick work leaves no trace. */
export async function createProgress(stream: OutputStream, title: string, quiet = false): Promise<ProgressDisplay> {
  if (quiet) return { update: () => {}, clear: () => {}, stop: () => {} };
  return stream.isTTY ? barProgress(stream, title) : logProgress(stream, title);
}

function logProgress(stream: OutputStream, title: string): ProgressDisplay {
  let next = performance.now() + LOG_EVERY;
  return {
    update({ done, total, text }) {
      const now = performance.now();
      if (now < next) return;
      next = now + LOG_EVERY;
      const part = total === undefined ? `${done}` : `${done}/${total} (${Math.floor((100 * done) / total)} %)`;
      stream.write(`${title} ${part}${total === undefined ? '' : ','} ${text}\n`);
    },
    clear() {},
    stop() {},
  };
}

async function barProgress(stream: OutputStream, title: string): Promise<ProgressDisplay> {
  const { default: cliProgress } = await import('cli-progress');
  let bar: SingleBar | undefined;
  const clear = (): void => {
    bar?.stop();
    bar = undefined;
  };
  return {
    update({ done, total, text }) {
      if (!bar) {
        const format = total === undefined ? `${title} {value} {text}` : `${title} {bar} {percentage} % {text}`;
        bar = new cliProgress.SingleBar({
          format,
          stream: stream as NodeJS.WritableStream,
          barsize: 24,
          barCompleteChar: '█',
          barIncompleteChar: '░',
          hideCursor: true,
          clearOnComplete: true,
          fps: 8,
        });
        bar.start(total ?? 0, done, { text });
      }
      bar.update(done, { text });
    },
    clear,
    stop: clear,
  };
}
