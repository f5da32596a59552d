import type { Checkpoint } from '@hashee/core';
import type { TrainContext } from '../method.js';
import { finalHead } from './exit-heads.js';
import { labelLoss } from './losses.js';
import { overlayWeights, tensorsOf } from './overlay-weights.js';
import { trainStage } from './train-stage.js';

/** The fine-tuned model without exits: the context's, or trained in its folder. */
export async function denseModel(context: TrainContext): Promise<Checkpoint> {
  if (context.dense) return context.dense();
  const head = finalHead(context);
  return trainStage(context, {
    name: 'dense',
    model: encoderOnly(context.model),
    heads: [head],
    losses: [labelLoss(head)],
  });
}

/** A model without heads and table. */
export function encoderOnly({ config, weights }: Checkpoint): Checkpoint {
  return { config, heads: [], weights: overlayWeights(weights, new Map(), (name) => name.startsWith('heads.')) };
}

/**
 * A fine-tuned model with the pooler that new heads begin from: the pretrained encoder's, as DeeBERT copies it, or where that
 * ships none the fine-tuned head's.
 */
export function withPooler(tuned: Checkpoint, pretrained: Checkpoint): Checkpoint {
  const parts = ['weight', 'bias'];
  const own = pretrained.weights.names();
  const [source, prefix] = own.includes('pooler.weight')
    ? [pretrained.weights, 'pooler']
    : [tuned.weights, 'heads.main.dense'];
  if (!source.names().includes(`${prefix}.weight`)) return tuned;
  const names = new Map(parts.map((part) => [`${prefix}.${part}`, `pooler.${part}`]));
  return { ...tuned, weights: overlayWeights(tuned.weights, tensorsOf(source, names)) };
}
