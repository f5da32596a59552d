import type { CellSentence } from '../results/cell-result.js';
import { element } from './element.js';

/** A word piece, coloured by the layer where it leaves; the layer also stands beside it, for those who see no colours. */
function piece(token: string, layer: number, layers: number): HTMLElement {
  const continues = token.startsWith('##');
  const share = layers > 1 ? Math.max(0, Math.min(1, (layer - 1) / (layers - 1))) : 1;
  const shown = Number.isInteger(layer) ? String(layer) : layer.toFixed(1);
  return element(
    'span',
    { class: continues ? 'piece continues' : 'piece', style: `--share: ${share.toFixed(3)}`, title: `layer ${shown}` },
    continues ? token.slice(2) : token,
    element('sub', {}, shown),
  );
}

/** Sentences of dev as a heat map. */
export function heatMap(sentences: readonly CellSentence[], layers: number): HTMLElement {
  return element(
    'ol',
    { class: 'sentences' },
    sentences.map(({ tokens, layers: exits, label, answer }) =>
      element(
        'li',
        {},
        element(
          'p',
          { class: 'words' },
          tokens.map((token, index) => piece(token, exits[index], layers)),
        ),
        element('p', { class: 'verdict' }, `expected ${label}, answered ${answer}`),
      ),
    ),
  );
}

/** Which colour is which layer. */
export function legend(layers: number): HTMLElement {
  const steps = Array.from({ length: layers }, (_, index) => index + 1);
  return element(
    'p',
    { class: 'words legend', 'aria-label': 'Colours of the layers' },
    steps.map((layer) =>
      piece(layer === 1 ? 'leaves first' : layer === layers ? 'stays to the end' : 'layer', layer, layers),
    ),
  );
}
