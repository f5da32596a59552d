// What the first-light experiment is made of: cells, each one `hashee` command whose result is a model folder.

/**
 * Methods in the order of the report. `needs` are cells of the same seed (or shared ones) that have to be there before.
 * @type {Record<string, { title: string, needs: (seed: number) => string[] }>}
 */
export const METHODS = {
  dense: { title: 'dense', needs: () => [] },
  hashee: { title: 'HashEE, labels only', needs: () => [] },
  'hashee-taught': { title: 'HashEE, taught by dense', needs: (seed) => [`dense-${seed}`] },
  'hashee-adapted': { title: 'HashEE, adapted encoder', needs: () => ['adapted'] },
  'hashee-adapted-taught': {
    title: 'HashEE, adapted encoder, taught by dense',
    needs: (seed) => ['adapted', `dense-${seed}`],
  },
  'hashee-moved-taught': {
    title: 'HashEE, dense model moved to exits, taught by dense',
    needs: (seed) => ['moved', `dense-${seed}`],
  },
};

/**
 * Encoders that `hashee adapt` makes once for all seeds: the model that each starts from, and where the table is from.
 * @type {Record<string, string[]>}
 */
const ENCODERS = { adapted: [], moved: ['dense-1'] };

/**
 * The cells of a plan in an order in which each finds what it needs.
 * @param {readonly string[]} methods
 * @param {readonly number[]} seeds
 */
export function planCells(methods, seeds) {
  for (const method of methods)
    if (!(method in METHODS))
      throw new RangeError(`no method "${method}"; there are ${Object.keys(METHODS).join(', ')}`);
  const cells = new Map();
  const want = (/** @type {string} */ name) => {
    if (cells.has(name)) return;
    if (name in ENCODERS) {
      // The exit table is the one that fine-tuning uses, which the first HashEE model carries.
      for (const needed of [...ENCODERS[name], 'hashee-1']) want(needed);
      cells.set(name, { name, method: name, seed: undefined });
      return;
    }
    const [, method, seed] = /^(.*)-(\d+)$/.exec(name) ?? [];
    for (const needed of METHODS[method].needs(Number(seed))) want(needed);
    cells.set(name, { name, method, seed: Number(seed) });
  };
  for (const method of methods) for (const seed of seeds) want(`${method}-${seed}`);
  return [...cells.values()];
}

/**
 * Words of the `hashee` command that makes a cell.
 * @param {{ name: string, method: string, seed: number | undefined }} cell
 * @param {{ work: string, pretrained: string, recipe: Record<string, number>, threads: number, adapt: Record<string, number> }} settings
 */
export function cellCommand({ name, method, seed }, { work, pretrained, recipe, threads, adapt }) {
  const output = `${work}/${name}`;
  const shared = ['--output', output, '--threads', String(threads), '--json'];
  const numbers = (/** @type {Record<string, number | undefined>} */ options) =>
    Object.entries(options).flatMap(([key, value]) => (value === undefined ? [] : [`--${key}`, String(value)]));
  if (method in ENCODERS)
    return [
      'adapt',
      '--model',
      method === 'moved' ? `${work}/dense-1` : pretrained,
      '--texts',
      `${work}/texts.txt`,
      '--hash',
      `${work}/hashee-1`,
      ...numbers(method === 'moved' ? { ...adapt, limit: undefined } : adapt),
      ...shared,
    ];
  const encoder = Object.keys(ENCODERS).find((name) => method.startsWith(`hashee-${name}`));
  return [
    ...['train', '--task', 'sst-2', '--model', encoder ? `${work}/${encoder}` : pretrained, '--seed', String(seed)],
    ...(method === 'dense' ? ['--hash', 'none'] : ['--hash', 'frequency', '--buckets', '6']),
    ...(method.endsWith('taught') ? ['--teacher', `${work}/dense-${seed}`] : []),
    ...numbers(recipe),
    ...shared,
  ];
}
