import { type EncoderConfig, HasheeError } from '@hashee/core';
import type { TypeCounts } from './count-types.js';
import { cutPoints } from './cut-points.js';
import { RankingEffects, type TableEffect } from './table-effect.js';

/**
 * What a table shall reach on a corpus, in place of a number of buckets.
 * - `speedup`: at least this many times less work than the dense model. `by` says what counts as work:
 *   - `counted`: multiply-accumulates, with the cheaper of projected and absorbed attention in each layer (what
 *     `@hashee/runtime-onnx` runs). Needs `config`.
 *   - `projected`: multiply-accumulates where each layer projects keys and values of all tokens, as the method's
 *     authors compute. A frozen token then still costs 2H² of 12H². Needs `config`.
 *   - `layers`: layers times tokens.
 * - `meanExitLayer`: at most this mean exit layer over all tokens.
 *
 * Heads are not counted, and the last layer is counted for all its active tokens, though a classifier needs [CLS] only.
 */
export type Target =
  | {
      readonly speedup: number;
      /** @default 'counted' */
      readonly by?: 'counted' | 'projected' | 'layers' | undefined;
    }
  | { readonly meanExitLayer: number };

/** How a target was met. */
export interface ReachedTarget extends TableEffect {
  readonly asked: Target;
  /** The number from 0 to 1 that was found; see `cutPoints`. */
  readonly lateness: number;
  /** `[L]`: types that exit at layer l or before. */
  readonly cuts: readonly number[];
}

/** What is wanted of an effect, as a number that falls while lateness grows. */
interface Goal {
  readonly what: string;
  readonly asked: number;
  readonly meets: (value: number) => boolean;
  readonly value: (effect: TableEffect) => number;
}

/** @throws HasheeError `INVALID_ARGUMENT` */
export function checkTarget(target: Target, layers: number, config: EncoderConfig | undefined): void {
  goalOf(target, layers, config);
}

/**
 * The latest exits that still meet the target: the ranking stays as it is, only where it is cut into layers moves, along
 * the family of `cutPoints`, by bisection. Never slower than asked; the next later cut would be.
 * @throws HasheeError `INVALID_ARGUMENT` with the range that can be reached
 */
export function meetTarget(
  target: Target,
  ranking: Int32Array,
  counts: TypeCounts,
  options: { readonly layers: number; readonly config?: EncoderConfig | undefined },
): ReachedTarget {
  const { layers, config } = options;
  const goal = goalOf(target, layers, config);
  const effects = new RankingEffects(ranking, counts, config);
  const at = (lateness: number): { cuts: Int32Array; effect: TableEffect } => {
    const cuts = cutPoints(ranking.length, layers, lateness);
    return { cuts, effect: effects.of(cuts) };
  };
  const meets = (lateness: number): boolean => goal.meets(goal.value(at(lateness).effect));
  if (!meets(0)) {
    const [fastest, slowest] = [goal.value(at(0).effect), goal.value(at(1).effect)];
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `A ${goal.what} of ${goal.asked} can't be reached on this corpus with ${layers} layers: from ${readable(slowest)} (no exits) to ${readable(fastest)} (all ranked types exit at layer 1, special and unseen ones at layer ${layers}) is possible.`,
      { fields: { target, slowest, fastest } },
    );
  }
  let lateness = 1;
  if (!meets(1)) {
    lateness = 0;
    for (let above = 1, halvings = 0; halvings < 64; halvings++) {
      const middle = (lateness + above) / 2;
      if (meets(middle)) lateness = middle;
      else above = middle;
    }
  }
  const { cuts, effect } = at(lateness);
  return { asked: target, lateness, cuts: Array.from(cuts), ...effect };
}

function goalOf(target: Target, layers: number, config: EncoderConfig | undefined): Goal {
  const refuse = (message: string): never => {
    throw new HasheeError('INVALID_ARGUMENT', message, { fields: { target, layers } });
  };
  if (typeof target !== 'object' || target === null || 'speedup' in target === 'meanExitLayer' in target)
    return refuse('target must be { speedup } or { meanExitLayer }, one of the two.');
  if ('meanExitLayer' in target) {
    const asked = target.meanExitLayer;
    if (!(asked >= 1 && asked <= layers)) refuse(`target.meanExitLayer must be from 1 to ${layers}, got ${asked}.`);
    return {
      what: 'mean exit layer',
      asked,
      meets: (value) => value <= asked,
      value: (effect) => effect.meanExitLayer,
    };
  }
  const { speedup: asked, by = 'counted' } = target;
  if (!(asked >= 1 && Number.isFinite(asked))) refuse(`target.speedup must be a number from 1, got ${asked}.`);
  const field = ({ counted: 'countedSpeedup', projected: 'projectedSpeedup', layers: 'layerSpeedup' } as const)[by];
  if (!field) refuse(`target.by must be counted, projected or layers, got ${String(by)}.`);
  if (by !== 'layers' && !config)
    refuse(`A target by ${by} needs the model's config; give config, or count by 'layers'.`);
  return {
    what: `speed-up by ${by}`,
    asked,
    meets: (value) => value >= asked,
    value: (effect) => effect[field] as number,
  };
}

const readable = (value: number): string => value.toFixed(value < 100 ? 3 : 0);
