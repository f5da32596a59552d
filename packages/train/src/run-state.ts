import { HasheeError } from '@hashee/core';
import type { Identity } from './identity.js';
import type { Ending, EvaluationRecord, Selection } from './train-event.js';

/** Where a run stands, without its tensors. Plain JSON. */
export interface RunState {
  readonly version: 1;
  readonly identity: Identity;
  /** Updates done. */
  readonly step: number;
  readonly history: readonly EvaluationRecord[];
  readonly best?: Selection | undefined;
  /** Of the updates since the last evaluation. */
  readonly lossSum: number;
  readonly lossCount: number;
  /** Of all parts of the run. */
  readonly seconds: number;
  /** Length of the log when this was written. */
  readonly logBytes: number;
  /** Set when the run is finished. */
  readonly stopped?: Ending | undefined;
}

/** @throws HasheeError `INVALID_CHECKPOINT` */
export function parseRunState(path: string, text: string | undefined): RunState {
  const state = parse(text);
  const sound =
    state.version === 1 &&
    isCount(state.step) &&
    isCount(state.logBytes) &&
    isCount(state.lossCount) &&
    typeof state.lossSum === 'number' &&
    typeof state.seconds === 'number' &&
    isRecord(state.identity) &&
    Array.isArray(state.history) &&
    state.history.every(isEvaluation) &&
    (state.best === undefined || isSelection(state.best)) &&
    (state.stopped === undefined || (['epochs', 'patience'].includes(state.stopped) && state.best !== undefined));
  if (!sound)
    throw new HasheeError(
      'INVALID_CHECKPOINT',
      `${path} is not the checkpoint of a training run of this version. Remove it, or start over with resume: 'restart'.`,
      { fields: { path, version: state.version } },
    );
  return state as RunState;
}

function parse(text: string | undefined): Partial<RunState> {
  try {
    const value: unknown = JSON.parse(text ?? 'null');
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isSelection(value: unknown): boolean {
  return (
    isRecord(value) &&
    isCount(value['step']) &&
    typeof value['epoch'] === 'number' &&
    (value['score'] === undefined || typeof value['score'] === 'number') &&
    isRecord(value['metrics']) &&
    Object.values(value['metrics']).every((metric) => typeof metric === 'number')
  );
}

function isEvaluation(value: unknown): boolean {
  return (
    isSelection(value) && isRecord(value) && typeof value['score'] === 'number' && typeof value['loss'] === 'number'
  );
}
