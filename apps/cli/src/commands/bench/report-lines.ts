import { speedupInterval } from '@hashee/eval';
import { count, plural } from '@hashee/terminal';
import { columns } from '../../terminal/table.js';
import type { BenchCell, BenchReport } from './report.js';

/** A report to be read by people, at most 100 characters wide unless names are long. */
export function reportLines(report: BenchReport): string[] {
  const { part, model, texts, rounds, warmup, machine, runtime, cells } = report;
  const buckets = model.hash.parameters['buckets'];
  const exitLayer = cells[0].exits.meanExitLayer;
  const cut = texts.truncated > 0 ? `, ${count(texts.truncated)} cut` : '';
  const facts = columns([
    ['model', `${model.name}: ${model.layers} layers, hidden size ${model.hiddenSize}, ${model.dtype}`],
    ['exits', `${model.hash.name}${buckets ? `, ${buckets} buckets` : ''}: mean layer ${exitLayer.toFixed(2)}`],
    ['dense', 'the same weights without the table; its last layer: only what the head reads (full: all)'],
    [
      'texts',
      `${count(texts.sequences)} of ${texts.name}, ${texts.order}: ${texts.meanTokens.toFixed(1)} tokens on average, ${texts.longestTokens} at most${cut}`,
    ],
    [
      'timed',
      `${part === 'encoder' ? 'the forward pass alone' : 'texts to labels, tokenizing included'}; ${plural(rounds, 'round')} of each in turns after ${warmup} to warm up`,
    ],
    ['machine', `${machine.processor}, ${plural(machine.cores, 'core')}, load ${machine.load.toFixed(1)}`],
    ['runtime', `Node ${machine.node}, ${runtime.name}${runtime.version ? ` ${runtime.version}` : ''}`],
    ...wrap(runtime.sessionOptions ? flatten(runtime.sessionOptions) : [], 88).map((line, i) => [
      i === 0 ? 'session' : '',
      line,
    ]),
  ]);
  return [
    ...facts,
    '',
    ...columns([HEADER, ...cells.map(cellRow)]),
    '',
    ...disturbance(cells),
    '/s: sequences a second, by the median round.',
    'speed-up: dense over exits in wall-clock time, median over pairs of slices (95 % interval,',
    'from 6 pairs on, rounds times slices); over full: the same over a dense model that computes all of',
    'its last layer; layers: L / mean exit layer; MACs: by multiply-accumulates executed; share:',
    'speed-up over the one by layers.',
  ];
}

/** Share of a core below which a single thread didn't have it for itself. */
const UNDISTURBED = 0.9;

const HEADER = ['threads', 'batch', 'full/s', 'dense/s', 'exits/s', 'speed-up', 'over full', 'layers', 'MACs', 'share'];

function cellRow({
  threads,
  batchSize,
  full,
  dense,
  exits,
  speedup,
  speedupOverFull,
  counted,
  shareOfExitLayers,
}: BenchCell): string[] {
  const times = (value: number): string => `${value.toFixed(2)}x`;
  const interval = speedupInterval(speedup);
  return [
    String(threads),
    String(batchSize),
    full ? count(full.sequencesPerSecond) : '-',
    count(dense.sequencesPerSecond),
    count(exits.sequencesPerSecond),
    `${times(speedup.median)}${interval ? ` (${interval.low.toFixed(2)}-${interval.high.toFixed(2)})` : ''}`,
    speedupOverFull ? times(speedupOverFull.median) : '-',
    times(counted.exitLayers),
    times(counted.macs),
    `${(100 * shareOfExitLayers).toFixed(0)} %`,
  ];
}

/** A warning where other processes took the core away from a single thread. */
function disturbance(cells: readonly BenchCell[]): string[] {
  const single = cells.filter(({ threads }) => threads === 1);
  const share = Math.min(...single.flatMap(({ dense, exits }) => [dense.cpu / dense.median, exits.cpu / exits.median]));
  if (!(share < UNDISTURBED)) return [];
  const byProcessor = single.map(({ speedup }) => `${speedup.cpu.toFixed(2)}x`).join(', ');
  return [
    `Others used the machine: this process got as little as ${(100 * share).toFixed(0)} % of a core; measure again when they`,
    `are done. By processor time, one thread: ${byProcessor}.`,
    '',
  ];
}

/** `{ a: { b: 1 } }` → `a.b=1` */
function flatten(options: Readonly<Record<string, unknown>>, prefix = ''): string[] {
  return Object.entries(options).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? flatten(value as Record<string, unknown>, `${prefix}${key}.`)
      : [`${prefix}${key}=${String(value)}`],
  );
}

function wrap(words: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
