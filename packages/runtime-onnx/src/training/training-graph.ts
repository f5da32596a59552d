import type { EncoderConfig, HeadConfig, LossTerm } from '@hashee/core';
import type { DropoutSite } from '../encoder/context.js';
import { encoderGraph } from '../encoder/encoder-graph.js';
import type { EncoderShape } from '../encoder/shape.js';
import { differentiate } from '../gradient/differentiate.js';
import { Graph, type Value } from '../graph/graph.js';
import { add, multiply } from '../graph/operators.js';
import { lossTerm } from './loss.js';

/** Output that carries the gradient of the embedding sum, [T, E]. */
export const EMBEDDING_GRADIENT = 'gradient:embeddings';

export const lossOutput = (index: number): string => `loss_${index}`;
export const gradientOutput = (weight: string): string => `gradient:${weight}`;
export const dropoutInput = (index: number): string => `dropout_${index}`;

export interface TrainingGraph {
  readonly graph: Graph;
  /** Where masks are fed, in order of `dropoutInput`. */
  readonly dropoutSites: readonly DropoutSite[];
  /** Canonical names of the tensors that get a gradient here. */
  readonly gradients: ReadonlySet<string>;
  /** True where the gradient of the embedding tables is an output. */
  readonly embeddings: boolean;
}

/** Forward, losses and backward in one graph. */
export function trainingGraph(
  config: EncoderConfig,
  shape: EncoderShape,
  heads: readonly HeadConfig[],
  losses: readonly LossTerm[],
  trained: { readonly tensors: ReadonlyMap<string, readonly number[]>; readonly embeddings: boolean },
  drops: (site: DropoutSite) => boolean,
): TrainingGraph {
  const graph = new Graph();
  const dropoutSites: DropoutSite[] = [];
  const dropout = (value: Value, site: DropoutSite): Value => {
    if (!drops(site)) return value;
    const mask = graph.input(dropoutInput(dropoutSites.push(site) - 1), 'float32', [`dropout_n${dropoutSites.length}`]);
    return multiply(graph, value, graph.add('Reshape', [mask, graph.add('Shape', [value])]));
  };
  const values = encoderGraph({ graph, config, dropout }, shape, heads);
  const seeds = new Map<Value, Value>();
  losses.forEach((term, index) => {
    const head = heads.find(({ name }) => name === term.head)!;
    const logits = values.logits.get(term.head)!;
    const { loss, gradient } = lossTerm(graph, term, index, head.labels.length, logits);
    graph.output(loss, lossOutput(index));
    const before = seeds.get(logits);
    seeds.set(logits, before === undefined ? gradient : add(graph, before, gradient));
  });

  const wanted = [...graph.parameters].filter(([, { weight }]) => trained.tensors.has(weight));
  const found = differentiate(graph, seeds, [
    ...wanted.map(([value]) => value).filter((value) => !/^embeddings\.(word|position|type)\[/.test(value)),
    ...(trained.embeddings ? [values.embeddings] : []),
  ]);
  // A tensor that is used in two views (shared layers) gets the sum of both.
  const totals = new Map<string, Value>();
  for (const [value, { weight, shape: view }] of wanted) {
    const gradient = found.get(value);
    if (gradient === undefined) continue;
    const stored = trained.tensors.get(weight)!;
    const same = view.length === stored.length;
    const reshaped = same ? gradient : graph.add('Reshape', [gradient, graph.integers(stored)]);
    const before = totals.get(weight);
    totals.set(weight, before === undefined ? reshaped : add(graph, before, reshaped));
  }
  for (const [weight, value] of totals) graph.output(value, gradientOutput(weight));
  const embeddings = found.get(values.embeddings);
  if (embeddings !== undefined) graph.output(embeddings, EMBEDDING_GRADIENT);
  return { graph, dropoutSites, gradients: new Set(totals.keys()), embeddings: embeddings !== undefined };
}
