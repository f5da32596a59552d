import type { BenchOptions } from '../bench.js';

/** The folder that keeps what is made, unless `--cache` names another. */
export const DEFAULT_CACHE = '.cache/bench';

/**
 * The command that measures the same again: everything that changes what is measured, also where it is the default of today, and
 * folders and programs as they were given. Where the report goes isn't in it.
 */
export function commandOf(options: BenchOptions): string {
  const { model, data, python, cache, seconds, threads, workers } = options;
  const given = (flag: string, value: string | number | undefined): string[] =>
    value === undefined ? [] : [flag, String(value)];
  const words = [
    ...(model === undefined ? ['--shape', options.shape] : ['--model', model]),
    ...['--task', options.task, '--what', options.what, '--rows', options.rows.join(',')],
    ...['--batch-size', options.batchSize.join(','), '--order', options.order.join(',')],
    ...['--threads', threads.join(',') || '0'],
    ...(workers.length > 0 ? ['--workers', workers.join(',')] : []),
    ...['--limit', String(options.limit), '--rounds', String(options.rounds), '--warmup', String(options.warmup)],
    ...given('--seconds', seconds),
    ...['--seed', String(options.seed)],
    ...(options.onlyFresh ? ['--only-fresh'] : options.fresh ? [] : ['--no-fresh']),
    ...given('--data', data),
    ...given('--python', python),
    ...given('--cache', cache === DEFAULT_CACHE ? undefined : cache),
  ];
  return `npm run -s bench -- ${words.map(quoted).join(' ')}`;
}

/** As a shell reads it; zsh refuses a * that matches no file. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
