import type { SummaryMethod } from '../results/summary.js';
import { element } from './element.js';
import type { Palette } from './palette.js';

const FAMILIES: Readonly<Record<SummaryMethod['family'], string>> = {
  dense: 'Reference',
  hash: 'HashEE: tokens leave by a table',
  exit: 'Sequences leave at a classifier',
  cascade: 'Cascade of models',
  static: 'Smaller models',
};

/** The legend of all charts: check boxes that say which methods are drawn. */
export function methodFilter(
  methods: readonly SummaryMethod[],
  palette: Palette,
  onChange: (shown: ReadonlySet<string>) => void,
): HTMLElement {
  const shown = new Set(methods.map(({ name }) => name));
  const boxes = new Map<string, HTMLInputElement>();
  const change = (names: readonly string[], on: boolean): void => {
    for (const name of names) {
      if (on) shown.add(name);
      else shown.delete(name);
      const box = boxes.get(name);
      if (box) box.checked = on;
    }
    onChange(new Set(shown));
  };
  const button = (text: string, on: boolean): HTMLElement => {
    const made = element('button', { type: 'button' }, text);
    made.addEventListener('click', () =>
      change(
        methods.map(({ name }) => name),
        on,
      ),
    );
    return made;
  };
  const groups = (Object.keys(FAMILIES) as SummaryMethod['family'][]).flatMap((family) => {
    const members = methods.filter((method) => method.family === family);
    if (members.length === 0) return [];
    const labels = members.map(({ name, title }) => {
      const box = element('input', { type: 'checkbox', name: 'method', value: name, checked: '' });
      boxes.set(name, box);
      box.addEventListener('change', () => change([name], box.checked));
      const index = methods.findIndex((method) => method.name === name);
      return element(
        'label',
        { style: `--series: ${palette.colours[index]}` },
        box,
        mark(palette.shapes[index]),
        title,
      );
    });
    return [element('fieldset', {}, element('legend', {}, FAMILIES[family]), labels)];
  });
  return element(
    'form',
    { class: 'filter', 'aria-label': 'Methods in the charts' },
    groups,
    element('p', { class: 'buttons' }, button('Show all', true), button('Show none', false)),
  );
}

const PATHS: Readonly<Record<string, string>> = {
  circle: 'M8 4a4 4 0 1 0 0.01 0Z',
  square: 'M4.5 4.5h7v7h-7Z',
  'triangle-up': 'M8 3.5 12.5 12h-9Z',
  diamond: 'M8 3 13 8 8 13 3 8Z',
  cross: 'M6.5 3.5h3v3h3v3h-3v3h-3v-3h-3v-3h3Z',
  'triangle-down': 'M8 12.5 3.5 4h9Z',
  'triangle-right': 'M12.5 8 4 12.5v-9Z',
};

/** The shape that a method has in the charts. */
function mark(shape: string): SVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  for (const [key, value] of Object.entries({ viewBox: '0 0 16 16', 'aria-hidden': 'true' }))
    svg.setAttribute(key, value);
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', PATHS[shape]);
  svg.append(path);
  return svg;
}
