import type { SequenceToSequence } from '@hashee/checkpoint';
import type { CallOptions } from '@hashee/generation';
import { sourceLength } from '../../summarization/source-length.js';

/** Flags of commands that generate. What isn't there is as the model says. */
export interface GenerationFlags {
  readonly beams?: number | undefined;
  readonly maxTokens?: number | undefined;
  readonly minTokens?: number | undefined;
  readonly blockRepeats?: number | undefined;
  readonly lengthPenalty?: number | undefined;
  readonly earlyStopping?: 'true' | 'false' | 'never' | undefined;
  readonly repetitionPenalty?: number | undefined;
  readonly sample?: true | undefined;
  readonly temperature?: number | undefined;
  readonly topK?: number | undefined;
  readonly topP?: number | undefined;
  readonly seed?: number | undefined;
  readonly maxLength?: number | undefined;
}

/** The flags alone, but for `maxLength`, which other commands have too. */
export function ofGeneration(flags: GenerationFlags): GenerationFlags {
  const { beams, maxTokens, minTokens, blockRepeats, lengthPenalty, earlyStopping } = flags;
  const { repetitionPenalty, sample, temperature, topK, topP, seed } = flags;
  return {
    ...{ beams, maxTokens, minTokens, blockRepeats, lengthPenalty, earlyStopping },
    ...{ repetitionPenalty, sample, temperature, topK, topP, seed },
  };
}

/** Flags in the words of transformers' GenerationConfig. */
export function generationOptions(
  flags: GenerationFlags,
  model: Pick<SequenceToSequence, 'metadata' | 'config'>,
): CallOptions {
  const { earlyStopping, sample, beams } = flags;
  return {
    // Sampling is without beams, whatever the model is searched with otherwise.
    numBeams: beams ?? (sample ? 1 : undefined),
    maxNewTokens: flags.maxTokens,
    minNewTokens: flags.minTokens,
    noRepeatNgramSize: flags.blockRepeats,
    lengthPenalty: flags.lengthPenalty,
    earlyStopping: earlyStopping === undefined || earlyStopping === 'never' ? earlyStopping : earlyStopping === 'true',
    repetitionPenalty: flags.repetitionPenalty,
    doSample: sample,
    temperature: flags.temperature,
    topK: flags.topK,
    topP: flags.topP,
    seed: flags.seed,
    maxSourceLength: sourceLength(flags, model),
  };
}
