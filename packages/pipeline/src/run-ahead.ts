/**
 * The same values, but the next one is already on its way while the caller is busy with one. Leaving early waits for it, so
 * abort the source first where that could take long.
 */
export async function* runAhead<T>(source: AsyncGenerator<T, void, undefined>): AsyncGenerator<T, void, undefined> {
  const pull = (): Promise<IteratorResult<T, void>> => {
    const next = source.next();
    // Its error is thrown when its turn comes; until then nobody looks.
    next.catch(() => {});
    return next;
  };
  try {
    for (let next = pull(); ; ) {
      const step = await next;
      if (step.done) return;
      next = pull();
      yield step.value;
    }
  } finally {
    await source.return();
  }
}
