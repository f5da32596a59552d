import type { TokenExit } from '@hashee/pipeline';
import type { Paint } from '@hashee/terminal';
import { printable } from '@hashee/terminal';

const WIDEST_TOKEN = 24;

/** A line for every token: its text, a bar of the layers that were computed for it, and the number of the last one. */
export function explainLines(
  exits: readonly Pick<TokenExit, 'token' | 'exitLayer'>[],
  layers: number,
  paint: Paint,
): string[] {
  const names = exits.map(({ token }) => [...printable(token)].slice(0, WIDEST_TOKEN));
  const width = Math.max(...names.map((name) => name.length));
  const lines = exits.map(({ exitLayer }, i) => {
    const name = names[i].join('') + ' '.repeat(width - names[i].length);
    const bar = paint(colour(exitLayer, layers), '█'.repeat(exitLayer)) + paint('dim', '░'.repeat(layers - exitLayer));
    return `  ${name}  ${bar} ${String(exitLayer).padStart(2)}`;
  });
  const mean = exits.reduce((sum, { exitLayer }) => sum + exitLayer, 0) / exits.length;
  return [...lines, paint('dim', `  ${exits.length} tokens, mean exit layer ${mean.toFixed(2)} of ${layers}`)];
}

function colour(exitLayer: number, layers: number): 'green' | 'yellow' | 'red' {
  if (exitLayer <= Math.max(1, layers / 3)) return 'green';
  return exitLayer <= (2 * layers) / 3 ? 'yellow' : 'red';
}
