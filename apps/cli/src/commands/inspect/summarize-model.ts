import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type HasheeMetadata, isSequenceToSequence, type Model, type SequenceToSequence } from '@hashee/checkpoint';
import {
  type DecoderConfig,
  type EncoderConfig,
  type ExitTable,
  type HashDescription,
  type HeadConfig,
  isTied,
  type Tokenizer,
  VOCABULARY_WEIGHT,
} from '@hashee/core';

/** An exit table in few numbers. */
export interface ExitSummary {
  readonly hash: HashDescription;
  readonly vocabulary: number;
  /** Vocabulary entries by exit layer, `[L]`. */
  readonly histogram: readonly number[];
}

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
  readonly exits?: ExitSummary;
  /** Of the decoder's layers; absent: all tokens run all of them. */
  readonly decoderExits?: ExitSummary;
  readonly metadata?: HasheeMetadata;
  readonly problems: readonly string[];
}

export async function summarizeModel(model: Model | SequenceToSequence): Promise<ModelSummary> {
  const { exitTable, tokenizer, weights, metadata, directory } = model;
  const both = isSequenceToSequence(model) ? model.config : undefined;
  const config = isSequenceToSequence(model) ? model.config.encoder : model.config;
  const heads = isSequenceToSequence(model) ? [] : model.heads;
  const tied = both !== undefined && isTied(both);
  const byType = new Map<string, number>();
  let parameters = 0;
  for (const name of weights.names()) {
    if (tied && name === VOCABULARY_WEIGHT) continue;
    const size = weights.shape(name).reduce((product, n) => product * n, 1);
    const dtype = weights.dtype(name);
    parameters += size;
    byType.set(dtype, (byType.get(dtype) ?? 0) + size);
  }
  const decoderExitTable = isSequenceToSequence(model) ? model.decoderExitTable : undefined;
  return {
    directory,
    bytes: await folderSize(directory),
    config: both ? { ...config, modelType: both.modelType } : config,
    ...(both ? { decoder: both.decoder } : {}),
    parameters,
    dtypes: [...byType].sort(([, a], [, b]) => b - a).map(([dtype]) => dtype),
    heads,
    ...(exitTable ? { exits: summarizeExits(exitTable) } : {}),
    ...(decoderExitTable ? { decoderExits: summarizeExits(decoderExitTable) } : {}),
    ...(metadata ? { metadata } : {}),
    problems: [
      ...(both || heads.length > 0 ? [] : ['no head, so it answers nothing yet: fine-tune it with hashee train.']),
      ...(tokenizer.vocabSize > config.vocabSize
        ? [
            `the tokenizer has ids up to ${tokenizer.vocabSize - 1}, the embedding only ${config.vocabSize} rows: some texts will be refused.`,
          ]
        : []),
      ...earlySpecials(exitTable, tokenizer, both ? ' the encoder' : ''),
      ...earlySpecials(decoderExitTable, tokenizer, ' the decoder'),
    ],
  };
}

function summarizeExits({ layers, exitLayer, hash }: ExitTable): ExitSummary {
  const histogram = new Array<number>(layers).fill(0);
  for (const layer of exitLayer) histogram[layer - 1]++;
  return { hash, vocabulary: exitLayer.length, histogram };
}

/** @param where what they exit, with a space before it */
function earlySpecials(table: ExitTable | undefined, tokenizer: Tokenizer, where: string): string[] {
  const early = table ? [...tokenizer.specialIds].filter((id) => table.exitLayer[id] < table.layers) : [];
  if (early.length === 0) return [];
  return [`special tokens exit${where} early: ${early.map((id) => tokenizer.token(id)).join(', ')}.`];
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
