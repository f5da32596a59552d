import type { EncoderConfig, HeadConfig, LossTerm } from '@hashee/core';
import type { DropoutSite } from '../encoder/context.js';
import { encoderGraph } from '../encoder/encoder-graph.js';
import type { EncoderShape } from '../encoder/shape.js';
import { differentiate } from '../gradient/differentiate.js';
import { Graph, type Value } from '../graph/graph.js';
import { add, multiply, scaleGradient } from '../graph/operators.js';
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

/** Adds the terms that count as outputs. @returns their gradients by logits */
export function lossSeeds(
  graph: Graph,
  heads: readonly HeadConfig[],
  { terms, counts }: { readonly terms: readonly LossTerm[]; readonly counts: readonly boolean[] },
  answers: ReadonlyMap<string, Value>,
): Map<Value, Value> {
  const byName = new Map(heads.map((head) => [head.name, head]));
  const seeds = new Map<Value, Value>();
  terms.forEach((term, index) => {
    if (!counts[index]) return;
    const logits = answers.get(term.head)!;
    const { loss, gradient } = lossTerm(graph, term, index, byName, answers);
    graph.output(loss, lossOutput(index));
    const before = seeds.get(logits);
    seeds.set(logits, before === undefined ? gradient : add(graph, before, gradient));
  });
  return seeds;
}

/** Forward, losses and backward in one graph. */
export function trainingGraph(
  config: EncoderConfig,
  shape: EncoderShape,
  heads: readonly HeadConfig[],
  losses: { readonly terms: readonly LossTerm[]; readonly counts: readonly boolean[]; readonly equilibrium: boolean },
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
  const context = {
    graph,
    config,
    dropout,
    ...(losses.equilibrium
      ? { scaleGradient: (value: Value, scale: number): Value => scaleGradient(graph, value, scale) }
      : {}),
  };
  const values = encoderGraph(context, shape, heads);
  const seeds = lossSeeds(graph, heads, losses, values.logits);

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
