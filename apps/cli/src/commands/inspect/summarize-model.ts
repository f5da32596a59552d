import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type HasheeMetadata, isSequenceToSequence, type Model, type SequenceToSequence } from '@hashee/checkpoint';
import type { DecoderConfig, EncoderConfig, HashDescription, HeadConfig } from '@hashee/core';

/** What a model folder holds. Plain JSON. */
export interface ModelSummary {
  readonly directory: string;
  /** Size of all files of the folder. */
  readonly bytes: number;
  readonly config: EncoderConfig;
  /** Of encoder-decoders, whose encoder is `config`. */
  readonly decoder?: DecoderConfig;
  /** Weights of encoder, decoder and heads; those that are used twice count once. */
  readonly parameters: number;
  /** How tensors are stored, most parameters first. */
  readonly dtypes: readonly string[];
  readonly heads: readonly HeadConfig[];
  /** Absent: all tokens run all layers. */
  readonly exits?: {
    readonly hash: HashDescription;
    readonly vocabulary: number;
    /** Vocabulary entries by exit layer, `[L]`. */
    readonly histogram: readonly number[];
  };
  readonly metadata?: HasheeMetadata;
  readonly problems: readonly string[];
}

export async function summarizeModel(model: Model | SequenceToSequence): Promise<ModelSummary> {
  const { exitTable, weights, metadata, directory } = model;
  const both = isSequenceToSequence(model) ? model.config : undefined;
  const config = isSequenceToSequence(model) ? model.config.encoder : model.config;
  const heads = isSequenceToSequence(model) ? [] : model.heads;
  const tied = both !== undefined && both.tiedVocabulary !== false;
  const byType = new Map<string, number>();
  let parameters = 0;
  for (const name of weights.names()) {
    if (tied && name === 'decoder.vocabulary.weight') continue;
    const size = weights.shape(name).reduce((product, n) => product * n, 1);
    const dtype = weights.dtype(name);
    parameters += size;
    byType.set(dtype, (byType.get(dtype) ?? 0) + size);
  }
  const histogram = new Array<number>(config.layers).fill(0);
  for (const layer of exitTable?.exitLayer ?? []) histogram[layer - 1]++;
  return {
    directory,
    bytes: await folderSize(directory),
    config: both ? { ...config, modelType: both.modelType } : config,
    ...(both ? { decoder: both.decoder } : {}),
    parameters,
    dtypes: [...byType].sort(([, a], [, b]) => b - a).map(([dtype]) => dtype),
    heads,
    ...(exitTable ? { exits: { hash: exitTable.hash, vocabulary: exitTable.exitLayer.length, histogram } } : {}),
    ...(metadata ? { metadata } : {}),
    problems: [
      ...(both || heads.length > 0 ? [] : ['no head, so it answers nothing yet: fine-tune it with hashee train.']),
      ...findProblems({ ...model, config }),
    ],
  };
}

function findProblems({ exitTable, tokenizer, config }: Pick<Model, 'exitTable' | 'tokenizer' | 'config'>): string[] {
  const problems: string[] = [];
  if (tokenizer.vocabSize > config.vocabSize)
    problems.push(
      `the tokenizer has ids up to ${tokenizer.vocabSize - 1}, the embedding only ${config.vocabSize} rows: some texts will be refused.`,
    );
  const early = exitTable ? [...tokenizer.specialIds].filter((id) => exitTable.exitLayer[id] < config.layers) : [];
  if (early.length > 0)
    problems.push(`special tokens exit early: ${early.map((id) => tokenizer.token(id)).join(', ')}.`);
  return problems;
}

async function folderSize(directory: string): Promise<number> {
  let total = 0;
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) total += await folderSize(path);
    else
      total += await stat(path).then(
        ({ size }) => size,
        () => 0,
      );
  }
  return total;
}
