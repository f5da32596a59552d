import { chooseForSpeedup } from '@hashee/baselines';
import type { ExitOutcome } from '../exits/exit-outcome.js';
import type { ExitMethodResult, ExitPointResult } from '../results/result.js';

/** A rule that has settings, on both parts. */
export interface SweptRule {
  readonly settings: readonly number[];
  readonly dev: (setting: number) => ExitOutcome;
  readonly test: (setting: number) => ExitOutcome;
}

/** For a speed-up the setting that is best on dev among those that are fast enough there; the fastest where none is. */
export function chooserOnDev({
  settings,
  dev,
}: Omit<SweptRule, 'test'>): (target: number) => { setting: number; reached: boolean } {
  const onDev = settings.map((setting) => {
    const outcome = dev(setting);
    return { ...outcome, setting, quality: outcome.accuracy };
  });
  return (target) => {
    const { point, reached } = chooseForSpeedup(onDev, target);
    return { setting: point.setting, reached };
  };
}

/** For each speed-up the setting that is best on dev among those that are fast enough there, and what it does on test. */
export function pointsAt(rule: SweptRule, targets: readonly number[]): ExitPointResult[] {
  const choose = chooserOnDev(rule);
  return targets.map((target) => {
    const { setting, reached } = choose(target);
    return { target, ...rule.test(setting), reached };
  });
}

/** The outcomes of all settings on test, each once, from slow to fast. */
export function curveOf({ settings, test }: SweptRule): ExitMethodResult['curve'] {
  const outcomes = settings.map((setting) => test(setting));
  const different = new Map(outcomes.map((outcome) => [`${outcome.speedup} ${outcome.accuracy}`, outcome]));
  return [...different.values()].sort((a, b) => a.speedup - b.speedup);
}
