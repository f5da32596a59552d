import { type EncoderConfig, HasheeError } from '@hashee/core';
import type { ConfigFields } from '../config/config-fields.js';

/** A of each layer and D, from the number of heads before pruning and `pruned_heads` (`{ layer from 0: [heads] }`). */
export function readAttentionHeads(
  fields: ConfigFields,
  names: string | readonly string[],
  hiddenSize: number,
  layers: number,
): Pick<EncoderConfig, 'heads' | 'headSize'> {
  const headCount = fields.integer(names);
  if (headCount < 1 || hiddenSize % headCount !== 0)
    fields.refuse(names, `a divisor of the hidden size ${hiddenSize}`, headCount);
  const heads = new Array<number>(Math.min(layers, 256)).fill(headCount);
  for (const [layer, pruned] of Object.entries(fields.object('pruned_heads'))) {
    const index = Number(layer);
    const valid =
      Array.isArray(pruned) && pruned.every((head) => Number.isInteger(head) && head >= 0 && head < headCount);
    if (!Number.isInteger(index) || index < 0 || index >= heads.length || !valid)
      fields.refuse('pruned_heads', `lists of heads below ${headCount} for layers below ${layers}`, {
        [layer]: pruned,
      });
    heads[index] = headCount - new Set(pruned as number[]).size;
  }
  return { heads, headSize: hiddenSize / headCount };
}

/** The number of heads before pruning, and `pruned_heads` where layers have fewer. */
export function writeAttentionHeads(config: EncoderConfig): {
  headCount: number;
  prunedHeads: Record<string, number[]>;
} {
  const headCount = config.hiddenSize / config.headSize;
  if (!Number.isInteger(headCount) || config.heads.some((heads) => heads > headCount))
    throw new HasheeError(
      'UNSUPPORTED',
      `config.json can't express heads of size ${config.headSize} in a hidden size of ${config.hiddenSize}.`,
      { fields: { headSize: config.headSize, hiddenSize: config.hiddenSize } },
    );
  const prunedHeads: Record<string, number[]> = {};
  config.heads.forEach((heads, layer) => {
    if (heads < headCount) prunedHeads[layer] = Array.from({ length: headCount - heads }, (_, i) => heads + i);
  });
  return { headCount, prunedHeads };
}
