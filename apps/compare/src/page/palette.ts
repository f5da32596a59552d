import type { SummaryMethod } from '../results/summary.js';

const COLOURS = 8;
const SHAPES = ['circle', 'square', 'triangle-up', 'diamond', 'cross', 'triangle-down', 'triangle-right'];

/** Colour and shape of each method: the same in every chart of the page. */
export interface Palette {
  readonly colours: readonly string[];
  readonly shapes: readonly string[];
  readonly titles: readonly string[];
  titleOf(method: string): string;
}

/** Colours are variables of the style sheet, which has them for light and dark. */
export function paletteOf(methods: readonly SummaryMethod[]): Palette {
  const titles = new Map(methods.map(({ name, title }) => [name, title]));
  return {
    titles: [...titles.values()],
    colours: methods.map((_, index) => `var(--series-${(index % COLOURS) + 1})`),
    shapes: methods.map((_, index) => SHAPES[index % SHAPES.length]),
    titleOf: (method) => titles.get(method) ?? method,
  };
}
