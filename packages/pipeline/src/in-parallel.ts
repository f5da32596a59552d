/**
 * Works on items in order, up to `width` of them at the same time. After a failure no other is begun; those under way are
 * waited for.
 * @throws the first error that came
 */
export async function inParallel<T>(
  items: Iterable<T>,
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const remaining = items[Symbol.iterator]();
  let failure: { readonly error: unknown } | undefined;
  const lane = async (): Promise<void> => {
    for (let step = remaining.next(); !step.done && !failure; step = remaining.next())
      try {
        await work(step.value);
      } catch (error) {
        failure ??= { error };
      }
  };
  await Promise.all(Array.from({ length: width }, lane));
  if (failure) throw failure.error;
}
