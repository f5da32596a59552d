// What the first-light experiment is made of: cells, each one `hashee` command whose result is a model folder.

/** Methods in the order of the report. `needs` are cells of the same seed (or shared ones) that have to be there before. */
export const METHODS = {
  dense: { title: 'dense', needs: () => [] },
  hashee: { title: 'HashEE, labels only', needs: () => [] },
  'hashee-taught': { title: 'HashEE, taught by dense', needs: (seed) => [`dense-${seed}`] },
  'hashee-adapted': { title: 'HashEE, adapted encoder', needs: () => ['adapted'] },
  'hashee-adapted-taught': {
    title: 'HashEE, adapted encoder, taught by dense',
    needs: (seed) => ['adapted', `dense-${seed}`],
  },
};

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
  const want = (name) => {
    if (cells.has(name)) return;
    if (name === 'adapted') {
      // Its exit table is the one that fine-tuning uses, which the first HashEE model carries.
      want('hashee-1');
      cells.set(name, { name, method: 'adapted', seed: undefined });
      return;
    }
    const [, method, seed] = /^(.*)-(\d+)$/.exec(name);
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
  const numbers = (options) => Object.entries(options).flatMap(([key, value]) => [`--${key}`, String(value)]);
  if (method === 'adapted')
    return [
      'adapt',
      '--model',
      pretrained,
      '--texts',
      `${work}/texts.txt`,
      '--hash',
      `${work}/hashee-1`,
      ...numbers(adapt),
      ...shared,
    ];
  const adapted = method.startsWith('hashee-adapted');
  return [
    ...['train', '--task', 'sst-2', '--model', adapted ? `${work}/adapted` : pretrained, '--seed', String(seed)],
    ...(method === 'dense' ? ['--hash', 'none'] : ['--hash', 'frequency', '--buckets', '6']),
    ...(method.endsWith('taught') ? ['--teacher', `${work}/dense-${seed}`] : []),
    ...numbers(recipe),
    ...shared,
  ];
}
