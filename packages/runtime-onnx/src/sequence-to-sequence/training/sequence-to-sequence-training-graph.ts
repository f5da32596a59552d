import { type SequenceToSequenceConfig, VOCABULARY_BIAS, WORD_TABLE } from '@hashee/core';
import type { DropoutSite } from '../../encoder/context.js';
import { encoderGraph } from '../../encoder/encoder-graph.js';
import type { EncoderShape } from '../../encoder/shape.js';
import { differentiate } from '../../gradient/differentiate.js';
import { Graph, type Value } from '../../graph/graph.js';
import { add, gatherRows, multiply } from '../../graph/operators.js';
import { prune } from '../../graph/prune.js';
import { dropoutInput, EMBEDDING_GRADIENT, gradientOutput, lossOutput } from '../../training/training-graph.js';
import type { DecoderDropoutSite } from '../decoder-parts.js';
import type { DecoderShape } from './decoder-shape.js';
import { TARGET } from './target-inputs.js';
import { trainingDecoder } from './training-decoder.js';
import { vocabularyLoss } from './vocabulary-loss.js';

/** Output that carries the gradient of the decoder's embedding sum, [N, H]. */
export const DECODER_EMBEDDING_GRADIENT = 'gradient:decoder.embeddings';

export const LOSS: string = lossOutput(0);

/** Where entries are dropped, in encoder or decoder. */
export type TrainingDropoutSite =
  | { readonly side: 'encoder'; readonly site: DropoutSite }
  | { readonly side: 'decoder'; readonly site: DecoderDropoutSite };

export interface SequenceToSequenceTrainingGraph {
  readonly graph: Graph;
  /** Where masks are fed, in order of `dropoutInput`. */
  readonly dropoutSites: readonly TrainingDropoutSite[];
  /** Canonical names of the tensors that get a gradient here. */
  readonly gradients: ReadonlySet<string>;
  /** Which embedding sums have their gradient as an output. */
  readonly embeddings: { readonly encoder: boolean; readonly decoder: boolean };
}

export interface TrainingGraphSettings {
  readonly config: SequenceToSequenceConfig;
  readonly encoder: EncoderShape;
  readonly decoder: DecoderShape;
  readonly smoothing: number;
  /** Name of the vocabulary's matrix: the word table where it is tied. */
  readonly vocabulary: string;
  /** The checkpoint has a bias for the vocabulary. */
  readonly hasBias: boolean;
  readonly trained: ReadonlyMap<string, readonly number[]>;
  readonly drops: (site: TrainingDropoutSite) => boolean;
}

const TABLES = /^(embeddings\.(word|position|type)|decoder\.embeddings\.position)$/;

/** Encoder, decoder, loss and backward in one graph. */
export function sequenceToSequenceTrainingGraph(settings: TrainingGraphSettings): SequenceToSequenceTrainingGraph {
  const { config, trained } = settings;
  const { hiddenSize: H, vocabSize: V } = config.encoder;
  const graph = new Graph();
  const dropoutSites: TrainingDropoutSite[] = [];
  const drop = (value: Value, site: TrainingDropoutSite): Value => {
    if (!settings.drops(site)) return value;
    const mask = graph.input(dropoutInput(dropoutSites.push(site) - 1), 'float32', [`dropout_n${dropoutSites.length}`]);
    return multiply(graph, value, graph.add('Reshape', [mask, graph.add('Shape', [value])]));
  };
  const encoded = encoderGraph(
    { graph, config: config.encoder, dropout: (value, site) => drop(value, { side: 'encoder', site }) },
    settings.encoder,
    [],
  );
  const context = {
    graph,
    config,
    dropout: (value: Value, site: DecoderDropoutSite) => drop(value, { side: 'decoder', site }),
  };
  const decoder = trainingDecoder(context, settings.decoder, encoded.hidden!);
  const answered = gatherRows(graph, decoder.states, graph.input(TARGET.answered, 'int64', ['n']), {
    kind: 'distinct',
  });
  const loss = vocabularyLoss(
    graph,
    answered,
    graph.parameter(settings.vocabulary, [V, H]),
    settings.hasBias ? graph.parameter(VOCABULARY_BIAS, [V]) : undefined,
    {
      chunks: settings.decoder.chunks,
      smoothing: settings.smoothing,
      vocabSize: V,
      wants: {
        weight: trained.has(settings.vocabulary),
        bias: settings.hasBias && trained.has(VOCABULARY_BIAS),
      },
    },
  );
  graph.output(loss.loss, LOSS);

  const tables = [...trained.keys()].filter((name) => TABLES.test(name));
  const wants = {
    encoder: tables.some((name) => !name.startsWith('decoder.')),
    decoder: tables.some((name) => name.startsWith('decoder.') || name === WORD_TABLE),
  };
  const wanted = [...graph.parameters].filter(([, { weight }]) => trained.has(weight) && !TABLES.test(weight));
  const found = differentiate(graph, new Map([[answered, loss.states]]), [
    ...wanted.map(([value]) => value),
    ...(wants.encoder ? [encoded.embeddings] : []),
    ...(wants.decoder ? [decoder.embeddings] : []),
  ]);
  // A tensor that is used in two views (absorbed and projected attention, shared layers) gets the sum of both.
  const totals = new Map<string, Value>();
  const contribute = (weight: string, gradient: Value | undefined): void => {
    if (gradient === undefined) return;
    const before = totals.get(weight);
    totals.set(weight, before === undefined ? gradient : add(graph, before, gradient));
  };
  contribute(settings.vocabulary, loss.weight);
  contribute(VOCABULARY_BIAS, loss.bias);
  for (const [value, { weight, shape: view }] of wanted) {
    const stored = trained.get(weight)!;
    const gradient = found.get(value);
    const same = gradient === undefined || view.length === stored.length;
    contribute(weight, same ? gradient : graph.add('Reshape', [gradient, graph.integers(stored)]));
  }
  for (const [weight, value] of totals) graph.output(value, gradientOutput(weight));
  const byEncoder = found.get(encoded.embeddings);
  const byDecoder = found.get(decoder.embeddings);
  if (byEncoder !== undefined) graph.output(byEncoder, EMBEDDING_GRADIENT);
  if (byDecoder !== undefined) graph.output(byDecoder, DECODER_EMBEDDING_GRADIENT);
  prune(graph);
  return {
    graph,
    dropoutSites,
    gradients: new Set(totals.keys()),
    embeddings: { encoder: byEncoder !== undefined, decoder: byDecoder !== undefined },
  };
}
