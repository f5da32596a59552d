// What the generation experiment is made of: for each task and seed a dense model and the same with exits.

/**
 * @typedef {object} TaskSettings
 * @property {string} title
 * @property {number} sourceTokens longest source, special tokens included
 * @property {number} targetTokens longest output, the end token included
 * @property {number} epochs
 * @property {number} batchSize
 * @property {number} learningRate
 * @property {{ layers: number, hiddenSize: number, heads: number, intermediateSize: number } | 'pretrained'} encoder
 * @property {{ layers: number, from: 'random' | 'encoder' }} decoder
 * @property {{ start: 'aligned' | 'induction', updates: number, batchSize: number, learningRate: number, shown: readonly [number, number], copied: readonly [number, number] }} base
 *   what all cells start from: taught to copy `copied` tokens of spans of `shown` tokens of the training sources
 */

/** @type {Readonly<Record<'cnndm' | 'csl', TaskSettings>>} */
export const TASKS = {
  cnndm: {
    title: 'CNN/DailyMail, English, encoder from the pretrained one',
    sourceTokens: 128,
    targetTokens: 40,
    epochs: 4,
    batchSize: 4,
    learningRate: 3e-4,
    encoder: 'pretrained',
    decoder: { layers: 2, from: 'encoder' },
    base: { start: 'aligned', updates: 2400, batchSize: 8, learningRate: 3e-4, shown: [16, 64], copied: [6, 24] },
  },
  csl: {
    title: 'CSL, Chinese titles, from scratch',
    sourceTokens: 160,
    targetTokens: 24,
    epochs: 5,
    batchSize: 8,
    learningRate: 1e-3,
    encoder: { layers: 6, hiddenSize: 128, heads: 4, intermediateSize: 512 },
    decoder: { layers: 2, from: 'random' },
    base: { start: 'induction', updates: 2000, batchSize: 16, learningRate: 1e-3, shown: [16, 64], copied: [6, 24] },
  },
};

/**
 * @typedef {object} Method
 * @property {string} title
 * @property {'random' | 'aligned' | 'base'} [from] what is fine-tuned or judged: the base (the default), or a model whose cross-attention is random or aligned and that wasn't taught to copy
 * @property {boolean} [tuned] false: judged as it is
 * @property {boolean} [once] with seed 1, whatever the seeds of the others
 * @property {number} [speedup] asked of the encoder, in counted multiply-accumulates on the task's texts
 * @property {boolean} [decoder] exits of the decoder's tokens too
 */

/** @type {Readonly<Record<string, Method>>} */
export const METHODS = {
  base: { title: 'only taught to copy, dense', tuned: false, once: true },
  'base-3x': { title: 'only taught to copy, encoder 3x', tuned: false, once: true, speedup: 3 },
  untaught: { title: 'dense, not taught to copy', from: 'random', once: true },
  aligned: { title: 'dense, aligned, not taught to copy', from: 'aligned', once: true },
  dense: { title: 'dense' },
  'hashee-2x': { title: 'HashEE, encoder 2x', speedup: 2 },
  'hashee-3x': { title: 'HashEE, encoder 3x', speedup: 3 },
  'hashee-4x': { title: 'HashEE, encoder 4x', speedup: 4 },
  'hashee-3x-decoder': { title: 'HashEE, encoder 3x, decoder exits', speedup: 3, decoder: true },
};

/**
 * Seed by seed, so that the first ones are complete early.
 * @param {readonly string[]} tasks
 * @param {readonly string[]} methods
 * @param {readonly number[]} seeds
 */
export function planCells(tasks, methods, seeds) {
  for (const [kind, names, known] of /** @type {const} */ ([
    ['task', tasks, Object.keys(TASKS)],
    ['method', methods, Object.keys(METHODS)],
  ]))
    for (const name of names)
      if (!known.includes(name)) throw new RangeError(`no ${kind} "${name}"; there are ${known.join(', ')}`);
  return seeds.flatMap((seed, index) =>
    tasks.flatMap((task) =>
      methods
        .filter((method) => index === 0 || !METHODS[method].once)
        .map((method) => ({
          name: METHODS[method].once ? `${task}-${method}` : `${task}-${method}-${seed}`,
          task: /** @type {keyof typeof TASKS} */ (task),
          method,
          seed: METHODS[method].once ? 1 : seed,
        })),
    ),
  );
}

/**
 * What a cell is made by; results by another recipe aren't mixed with it.
 * @param {{ task: keyof typeof TASKS, method: string, seed: number }} cell
 * @param {number | undefined} limit
 */
export function recipeOf({ task, method, seed }, limit) {
  const { title: _task, base, epochs, batchSize, learningRate, ...sizes } = TASKS[task];
  const { title: _method, once: _once, from = 'base', tuned = true, ...exits } = METHODS[method];
  return {
    ...{ ...sizes, from, exits, seed },
    ...(from === 'base' ? { base } : {}),
    ...(tuned ? { fineTuning: { epochs, batchSize, learningRate } } : {}),
    ...(limit === undefined ? {} : { limit }),
  };
}
