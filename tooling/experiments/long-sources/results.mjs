// What is in results/long-sources.json, and how it grows.

export const SCHEMA_VERSION = 1;

/**
 * @typedef {{ median: number, low?: number, high?: number, pairs: number }} Speedup
 *
 * @typedef {object} Row
 * @property {string} name `dense`, `plain`, or the exits
 * @property {number[]} milliseconds of each round
 * @property {number[]} [cpuMilliseconds] the same by processor time of all threads
 * @property {Speedup} speedup over dense
 * @property {Speedup} [overPlain]
 * @property {number} [layerSpeedup] L over the mean exit layer
 * @property {number} [countedSpeedup] by multiply-accumulates, layer 1 as if it were computed
 * @property {string} [attention] of each layer, by its first letter
 *
 * @typedef {object} Case
 * @property {number} threads
 * @property {number} length
 * @property {number} batchSize
 * @property {string} dtype
 * @property {number} rounds
 * @property {number} load
 * @property {string} date
 * @property {Row[]} rows
 *
 * @typedef {object} GenerationTimes
 * @property {number} milliseconds
 * @property {number} encoderMilliseconds
 * @property {number} decoderMilliseconds
 *
 * @typedef {object} Generation
 * @property {number} threads
 * @property {number} length
 * @property {number} batchSize
 * @property {number} numBeams
 * @property {number} newTokens
 * @property {string} exits
 * @property {GenerationTimes} dense
 * @property {GenerationTimes} withExits
 *
 * @typedef {{ milliseconds: number, operators: { operator: string, milliseconds: number, calls: number }[] }} Profile
 *
 * @typedef {object} ProfiledCase
 * @property {number} threads
 * @property {number} length
 * @property {number} batchSize
 * @property {string} exits
 * @property {Profile} dense
 * @property {Profile} withExits
 *
 * @typedef {object} Results
 * @property {number} schemaVersion
 * @property {{ processor: string, cores: number, node: string }} [machine]
 * @property {{ package: string, version: string }} [runtime]
 * @property {Case[]} cases
 * @property {Generation[]} generations
 * @property {ProfiledCase[]} profiles
 */

/**
 * The results with an entry that replaces the one of the same keys.
 * @param {Results} results
 * @param {'cases' | 'generations' | 'profiles'} list
 * @param {string[]} keys
 * @param {Record<string, unknown>} entry
 */
export function put(results, list, keys, entry) {
  const entries = /** @type {Record<string, unknown>[]} */ (/** @type {unknown} */ (results[list]));
  const others = entries.filter((each) => keys.some((key) => each[key] !== entry[key]));
  const order = (/** @type {Record<string, unknown>} */ a, /** @type {Record<string, unknown>} */ b) =>
    keys.map((key) => (typeof a[key] === 'number' ? Number(a[key]) - Number(b[key]) : 0)).find((sign) => sign !== 0) ??
    0;
  return { ...results, [list]: [...others, entry].sort(order) };
}
