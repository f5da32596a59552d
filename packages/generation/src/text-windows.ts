/** A first text of slow input waits this long for company, in milliseconds. */
const MAX_WAIT = 250;

/**
 * Texts as they arrive, as many at once as have arrived: up to `size`, fewer where the input pauses or ends. Nothing is read further
 * ahead.
 */
export async function* textWindows(
  texts: AsyncIterable<string>,
  size: number,
): AsyncGenerator<string[], void, undefined> {
  const iterator = texts[Symbol.asyncIterator]();
  let pending: Promise<IteratorResult<string>> | undefined;
  let ended = false;
  try {
    while (!ended) {
      const window: string[] = [];
      let timer: ReturnType<typeof setTimeout> | undefined;
      let late: Promise<undefined> | undefined;
      try {
        while (window.length < size) {
          pending ??= iterator.next();
          const next = await (late ? Promise.race([pending, late]) : pending);
          if (next === undefined) break;
          pending = undefined;
          ended = next.done === true;
          if (next.done) break;
          window.push(next.value);
          late ??= new Promise((resolve) => {
            timer = setTimeout(resolve, MAX_WAIT, undefined);
          });
        }
      } finally {
        clearTimeout(timer);
      }
      if (window.length > 0) yield window;
    }
  } finally {
    pending?.catch(() => {});
    if (!ended) void Promise.resolve(iterator.return?.()).catch(() => {});
  }
}
