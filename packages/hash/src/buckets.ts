import { HasheeError } from '@hashee/core';
import { checkInteger } from './vocabulary.js';

/** @throws HasheeError `INVALID_ARGUMENT` when buckets are not an integer from 1 to L */
export function checkBuckets(buckets: number, layers: number): void {
  checkInteger('buckets', buckets, 1, 1 << 20);
  if (buckets > layers)
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `There can be at most as many buckets as layers: got ${buckets} buckets for ${layers} layers.`,
      { fields: { buckets, layers } },
    );
}

/**
 * Exit layer of bucket j, from 0: `1 + g·j` with g = floor(L / B), at most L.
 * @param buckets B
 * @param layers L
 */
export function bucketLayer(bucket: number, buckets: number, layers: number): number {
  return Math.min(1 + Math.floor(layers / buckets) * bucket, layers);
}

/**
 * Exit layer by rank for buckets of equal numbers of types (Sun et al. 2022), `[types]`. With s = floor(types / B) and
 * g = floor(L / B), rank r falls in bucket `min(floor(r / s), ceil((L - 1) / g))`; where there are fewer types than
 * buckets, each has a bucket of its own. Types that remain after B buckets go one bucket further.
 * @throws HasheeError `INVALID_ARGUMENT` for more buckets than layers
 */
export function bucketLayers(types: number, buckets: number, layers: number): Uint8Array {
  checkBuckets(buckets, layers);
  const typesPerBucket = Math.floor(types / buckets);
  const last = Math.ceil((layers - 1) / Math.floor(layers / buckets));
  return Uint8Array.from({ length: types }, (_, rank) => {
    const bucket = typesPerBucket === 0 ? rank : Math.floor(rank / typesPerBucket);
    return bucketLayer(Math.min(bucket, last), buckets, layers);
  });
}
