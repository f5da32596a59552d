import type { EncoderConfig } from './config.js';
import { type HeadConfig, headWidth, ownerOf } from './head.js';

/** The word embeddings, [V, E], which decoders read too. */
export const WORD_TABLE = 'embeddings.word';

/** Canonical name and shape of every tensor that the encoder itself needs, in the order of computation. */
export function encoderTensors(config: EncoderConfig): [name: string, shape: number[]][] {
  const { hiddenSize: H, embeddingSize: E, intermediateSize: I, headSize: D } = config;
  const tensors: [string, number[]][] = [
    [WORD_TABLE, [config.vocabSize, E]],
    ['embeddings.position', [config.positionOffset + config.maxLength, E]],
  ];
  if (config.typeVocabSize > 0) tensors.push(['embeddings.type', [config.typeVocabSize, E]]);
  tensors.push(['embeddings.norm.weight', [E]], ['embeddings.norm.bias', [E]]);
  if (E !== H) tensors.push(['embeddings.projection.weight', [H, E]], ['embeddings.projection.bias', [H]]);
  const done = new Set<number>();
  config.layerWeights.forEach((set, index) => {
    if (done.has(set)) return;
    done.add(set);
    const width = config.heads[index] * D;
    const linear = (part: string, out: number, into: number): void => {
      tensors.push([`layers.${set}.${part}.weight`, [out, into]], [`layers.${set}.${part}.bias`, [out]]);
    };
    const norm = (part: string): void => {
      tensors.push([`layers.${set}.${part}.weight`, [H]], [`layers.${set}.${part}.bias`, [H]]);
    };
    for (const part of ['query', 'key', 'value']) if (width > 0) linear(part, width, H);
    if (width > 0) linear('output', H, width);
    else tensors.push([`layers.${set}.output.bias`, [H]]);
    norm('attentionNorm');
    linear('up', I, H);
    linear('down', H, I);
    norm('norm');
  });
  return tensors;
}

/** Canonical name and shape of the tensors of one head; those that it shares are another's. */
export function headTensors(head: HeadConfig, hiddenSize: number): [name: string, shape: number[]][] {
  const width = headWidth(head, hiddenSize);
  const linear = (part: string, outputs: number, inputs: number): [string, number[]][] => [
    [`heads.${head.name}.${part}.weight`, [outputs, inputs]],
    [`heads.${head.name}.${part}.bias`, [outputs]],
  ];
  const attention = head.attention
    ? [
        ...linear('reduce', width, hiddenSize),
        ...['query', 'key', 'value', 'output'].flatMap((part) => linear(`attention.${part}`, width, width)),
      ]
    : [];
  const dense = head.dense === 'none' || ownerOf(head, 'dense') !== head.name ? [] : linear('dense', width, width);
  const classifier = ownerOf(head, 'classifier') === head.name ? linear('classifier', head.labels.length, width) : [];
  return [...attention, ...dense, ...classifier];
}
