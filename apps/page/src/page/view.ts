import { HasheeError } from '@hashee/core';
import type { Side } from './measure.js';
import type { ReadText } from './text-reader.js';

/** An element that index.html has. */
export function element<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new HasheeError('NOT_FOUND', `The page has no element "${id}".`, { fields: { id } });
  return found as T;
}

/** From green, out at once, over yellow to red, all the way. */
function hueOf(layer: number, layers: number): number {
  return 150 - (130 * (layer - 1)) / Math.max(1, layers - 1);
}

export function showLegend(layers: number): void {
  const items = Array.from({ length: layers }, (_, index) => {
    const item = document.createElement('li');
    item.className = 'piece';
    item.style.setProperty('--hue', String(hueOf(index + 1, layers)));
    item.textContent = index + 1 === layers ? `${layers} all the way` : String(index + 1);
    return item;
  });
  element('legend').replaceChildren(...items);
}

/** The text as it was typed, every piece of a word in the colour of its exit layer and with its number. */
export function showWords({ parts }: ReadText, layers: number): void {
  const words: (HTMLElement | string)[] = [];
  for (const { text, layer, continues } of parts) {
    if (layer === undefined) {
      words.push(text);
      continue;
    }
    const piece = document.createElement('span');
    piece.className = 'piece';
    piece.dataset['layer'] = String(layer);
    piece.style.setProperty('--hue', String(hueOf(layer, layers)));
    piece.append(text);
    const number = document.createElement('sub');
    number.textContent = String(layer);
    number.setAttribute('aria-label', `, leaves at layer ${layer}${continues ? ' (part of a word)' : ''};`);
    number.setAttribute('role', 'img');
    piece.append(number);
    words.push(piece);
  }
  element('words').replaceChildren(...words);
}

/** Share of the model's work by layers: tokens times layers, done and in all. */
export function showWork({ exitLayers, truncated }: ReadText, layers: number): void {
  const done = exitLayers.reduce((sum, layer) => sum + layer, 0);
  const all = exitLayers.length * layers;
  const cut = truncated ? ' The end of the text is cut off: it is too long for the model.' : '';
  element('work').textContent =
    `${exitLayers.length} tokens leave at layer ${(done / exitLayers.length).toFixed(1)} of ${layers} on average: ${done} of ${all} steps are computed.${cut}`;
}

export function showAnswer(exits: Side, dense: Side, labels: readonly string[]): void {
  const name = ({ probabilities }: Side): string => labels[best(probabilities)];
  const percent = ({ probabilities }: Side): string => `${(100 * probabilities[best(probabilities)]).toFixed(1)} %`;
  element('label').textContent = name(exits);
  element('score').textContent = percent(exits);
  element<HTMLMeterElement>('meter').value = exits.probabilities[best(exits.probabilities)];
  element('exits-time').textContent = `${exits.milliseconds.toFixed(1)} ms`;
  element('exits-answer').textContent = `${name(exits)}, ${percent(exits)}`;
  element('dense-time').textContent = `${dense.milliseconds.toFixed(1)} ms`;
  element('dense-answer').textContent = `${name(dense)}, ${percent(dense)}`;
  const most = Math.max(exits.milliseconds, dense.milliseconds);
  element('exits-bar').style.width = `${(100 * exits.milliseconds) / most}%`;
  element('dense-bar').style.width = `${(100 * dense.milliseconds) / most}%`;
  const ratio = dense.milliseconds / exits.milliseconds;
  element('speedup').textContent =
    ratio >= 1
      ? `${ratio.toFixed(1)} times as fast as all layers`
      : `${(1 / ratio).toFixed(1)} times as slow as all layers`;
}

function best(probabilities: readonly number[]): number {
  return probabilities.indexOf(Math.max(...probabilities));
}

export function showStatus(text: string, state: 'loading' | 'ready' | 'running' | 'failed'): void {
  element('status').textContent = text;
  document.body.dataset['state'] = state;
}

export function showProgress(loaded: number, total: number): void {
  const bar = element<HTMLProgressElement>('progress');
  bar.max = total;
  bar.value = Math.min(loaded, total);
}
