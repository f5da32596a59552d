import type { SequenceToSequenceConfig } from '@hashee/core';
import type { GenerationOptions } from './generation-options.js';
import { refuse } from './refuse.js';
import { type Lengths, resolveLengths } from './resolve-lengths.js';

/** Generation options with nothing left open, checked. */
export interface GenerationSettings extends Lengths {
  readonly numBeams: number;
  readonly numReturnSequences: number;
  readonly earlyStopping: boolean | 'never';
  readonly lengthPenalty: number;
  readonly noRepeatNgramSize: number;
  readonly repetitionPenalty: number;
  readonly forcedBosTokenId: number | undefined;
  readonly forcedEosTokenIds: readonly number[];
  readonly endTokenIds: readonly number[];
  readonly decoderStartTokenId: number;
  readonly doSample: boolean;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly seed: number;
}

const TOP_K = 50;

/**
 * Options of a call over those of the generator over those of the model. Lengths are settled by `resolveLengths`.
 * @param layers first wins
 * @throws HasheeError `INVALID_ARGUMENT` with the option, what was expected and what came
 */
export function resolveSettings(
  layers: readonly GenerationOptions[],
  config: SequenceToSequenceConfig,
): GenerationSettings {
  const pick = <Name extends keyof GenerationOptions>(name: Name): GenerationOptions[Name] =>
    layers.find((layer) => layer[name] !== undefined)?.[name];
  const integer = (name: keyof GenerationOptions, fallback: number, low: number, high: number): number => {
    const value = pick(name) ?? fallback;
    if (!Number.isInteger(value) || (value as number) < low || (value as number) > high)
      refuse(name, `an integer from ${low} to ${high}`, value);
    return value as number;
  };
  const number = (name: keyof GenerationOptions, fallback: number, low: number, high: number): number => {
    const value = pick(name) ?? fallback;
    if (!(typeof value === 'number' && value >= low && value <= high)) refuse(name, `from ${low} to ${high}`, value);
    return value as number;
  };
  const flag = (name: 'doSample'): boolean => {
    const value = pick(name) ?? false;
    return typeof value === 'boolean' ? value : refuse(name, 'true or false', value);
  };
  const ids = (name: 'eosTokenId' | 'forcedEosTokenId', fallback: readonly number[]): readonly number[] => {
    const value = pick(name);
    if (value === null) return [];
    const list = value === undefined ? fallback : [value].flat();
    for (const id of list)
      if (!Number.isInteger(id) || id < 0 || id >= vocabSize) refuse(name, `ids below ${vocabSize}`, value);
    return list;
  };

  const { vocabSize } = config.encoder;
  const longest = config.decoder.maxLength;
  const earlyStopping = pick('earlyStopping') ?? false;
  if (earlyStopping !== 'never' && typeof earlyStopping !== 'boolean')
    refuse('earlyStopping', "true, false or 'never'", earlyStopping);
  const forcedBos = pick('forcedBosTokenId') ?? undefined;
  if (forcedBos !== undefined) integer('forcedBosTokenId', 0, 0, vocabSize - 1);
  const settings: GenerationSettings = {
    ...resolveLengths(layers, longest),
    numBeams: integer('numBeams', 1, 1, 1024),
    numReturnSequences: integer('numReturnSequences', 1, 1, 1024),
    earlyStopping,
    lengthPenalty: number('lengthPenalty', 1, -100, 100),
    noRepeatNgramSize: integer('noRepeatNgramSize', 0, 0, longest),
    repetitionPenalty: number('repetitionPenalty', 1, 1e-3, 1e3),
    forcedBosTokenId: forcedBos,
    forcedEosTokenIds: ids('forcedEosTokenId', []),
    endTokenIds: ids('eosTokenId', config.endTokenIds),
    decoderStartTokenId: integer('decoderStartTokenId', config.decoderStartTokenId, 0, vocabSize - 1),
    doSample: flag('doSample'),
    temperature: number('temperature', 1, 1e-3, 1e3),
    topK: integer('topK', TOP_K, 0, 1 << 24),
    topP: number('topP', 1, 0, 1),
    seed: integer('seed', 0, 0, 2 ** 32 - 1),
  };
  assertTogether(settings, vocabSize);
  return settings;
}

function assertTogether({ numBeams, numReturnSequences, doSample }: GenerationSettings, vocabSize: number): void {
  if (doSample && numBeams > 1) refuse('numBeams', '1 where doSample is set', numBeams);
  if (!doSample && numReturnSequences > numBeams)
    refuse('numReturnSequences', `at most numBeams (${numBeams}) unless doSample is set`, numReturnSequences);
  if (numBeams * 4 > vocabSize) refuse('numBeams', `at most a quarter of the ${vocabSize} tokens there are`, numBeams);
}
