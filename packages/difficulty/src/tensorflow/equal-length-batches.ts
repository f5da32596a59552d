import { Random } from '@hashee/core';

const PURPOSE = 0x656c;

/**
 * Batches of sequences that are equally long, so that there is no padding: none enters a mean, and no recurrent network reads
 * any. Shuffled by seed and epoch.
 * @param lengths tokens of each sequence
 */
export function equalLengthBatches(
  lengths: readonly number[],
  batchSize: number,
  { seed, epoch }: { readonly seed: number; readonly epoch: number },
): number[][] {
  const random = Random.stream(seed, PURPOSE, epoch);
  const byLength = new Map<number, number[]>();
  for (const index of random.shuffle([...lengths.keys()])) {
    const same = byLength.get(lengths[index]);
    if (same) same.push(index);
    else byLength.set(lengths[index], [index]);
  }
  const batches = [...byLength.values()].flatMap((same) =>
    Array.from({ length: Math.ceil(same.length / batchSize) }, (_, i) =>
      same.slice(i * batchSize, (i + 1) * batchSize),
    ),
  );
  return random.shuffle(batches);
}
