import { type EncoderConfig, encoderTensors, type HeadConfig, headTensors, WORD_TABLE } from '@hashee/core';
import type { Family, LayerPart } from '../families/family.js';

const EMBEDDINGS: Readonly<Record<string, string>> = {
  [WORD_TABLE]: 'embeddings.word_embeddings.weight',
  'embeddings.position': 'embeddings.position_embeddings.weight',
  'embeddings.type': 'embeddings.token_type_embeddings.weight',
  'embeddings.norm.weight': 'embeddings.LayerNorm.weight',
  'embeddings.norm.bias': 'embeddings.LayerNorm.bias',
};

/** Where a checkpoint of PyTorch keeps a tensor. */
export interface TensorName {
  readonly name: string;
  /** Encoder tensors carry the family's prefix in checkpoints with a head; tensors of heads never do. */
  readonly part: 'encoder' | 'head';
}

/** A tensor of a model, by its canonical name. */
export interface CanonicalTensor {
  readonly canonical: string;
  readonly shape: readonly number[];
  readonly stored: TensorName;
  /** A tensor that a model can be without, such as a pooler that no head uses. */
  readonly optional: boolean;
}

/** True for a head that transformers would build itself; its tensors go by transformers' names, all others by canonical ones. */
export function isNativeHead(head: HeadConfig, family: Family, layers: number): boolean {
  if (head.name !== 'main' || head.layer !== layers || head.attention) return false;
  if (head.task === 'token-classification') return head.dense === 'none';
  const { dense } = family.sequenceHead;
  return head.dense === dense || (head.dense === 'tanh+relu' && dense === 'tanh');
}

/** All tensors of a model: the encoder's, its heads', and poolers where the family has them and no head took them. */
export function canonicalTensors(
  family: Family,
  config: EncoderConfig,
  heads: readonly HeadConfig[],
): CanonicalTensor[] {
  const tensors: CanonicalTensor[] = encoderTensors(config).map(([canonical, shape]) => ({
    canonical,
    shape,
    stored: { name: encoderName(canonical, family), part: 'encoder' },
    optional: false,
  }));
  for (const head of heads)
    for (const [canonical, shape] of headTensors(head, config.hiddenSize))
      tensors.push({ canonical, shape, stored: headName(canonical, head, family, config.layers), optional: false });
  const taken = new Set(tensors.map(({ stored }) => stored.name));
  for (const { canonical, module } of poolers(family, config.layers))
    for (const suffix of ['weight', 'bias']) {
      const name = `${module}.${suffix}`;
      const shape = suffix === 'weight' ? [config.hiddenSize, config.hiddenSize] : [config.hiddenSize];
      if (!taken.has(name))
        tensors.push({ canonical: `${canonical}.${suffix}`, shape, stored: { name, part: 'encoder' }, optional: true });
    }
  return tensors;
}

/** `pooler` is the one above the last layer; where each layer has its own the others are `poolers.{layer}`. */
function poolers(family: Family, layers: number): { canonical: string; module: string }[] {
  if (!family.poolerModule) return [];
  const all = Array.from({ length: layers }, (_, index) => ({
    canonical: index + 1 === layers ? 'pooler' : `poolers.${index + 1}`,
    module: family.poolerModule!(index + 1),
  }));
  return all[0].module === all[layers - 1].module ? all.slice(-1) : all;
}

/** Where a family keeps a tensor of the encoder, without the prefix. */
export function encoderName(canonical: string, family: Family): string {
  const embedding = EMBEDDINGS[canonical];
  if (embedding) return embedding;
  const parts = canonical.split('.');
  const suffix = parts[parts.length - 1];
  if (parts[0] === 'embeddings') return `${family.projectionModule}.${suffix}`;
  return `${family.layerModule(Number(parts[1]))}.${family.layerParts[parts[2] as LayerPart]}.${suffix}`;
}

function headName(canonical: string, head: HeadConfig, family: Family, layers: number): TensorName {
  if (!isNativeHead(head, family, layers)) return { name: canonical, part: 'head' };
  const [, , module, suffix] = canonical.split('.');
  if (head.task === 'token-classification') return { name: `classifier.${suffix}`, part: 'head' };
  const { denseModule, classifierModule } = family.sequenceHead;
  if (module === 'classifier') return { name: `${classifierModule}.${suffix}`, part: 'head' };
  if (denseModule === 'pooler') return { name: `${family.poolerModule!(layers)}.${suffix}`, part: 'encoder' };
  return { name: `${denseModule}.${suffix}`, part: 'head' };
}
