import type { EncoderConfig, ExitTable, TokenBatch } from '@hashee/core';
import { type AttentionPreference, chooseShape, fullLayersOf } from '../encoder/choose-shape.js';
import type { EncoderShape } from '../encoder/shape.js';

/** What the backend was made with. */
export interface TrainerChoices {
  readonly attention: AttentionPreference;
  readonly lastLayer: 'read' | 'all';
}

/** How the encoder computes a training batch: by the batch alone, not by what came before, so that a run that goes on computes what it would have. */
export function trainingShape(
  { config, exitTable }: { readonly config: EncoderConfig; readonly exitTable: ExitTable | undefined },
  batch: TokenBatch,
  exitLayers: Uint8Array,
  how: {
    readonly lastLayer: number;
    readonly read: 'first' | 'all';
    readonly attention: AttentionPreference;
    readonly only?: readonly number[] | undefined;
  },
): EncoderShape {
  return chooseShape({
    config,
    exitLayers,
    offsets: batch.offsets,
    fullLayers: batch.exitLayers ? 1 : fullLayersOf(exitTable, config.layers),
    absorption: 'gathered',
    ...how,
  });
}
