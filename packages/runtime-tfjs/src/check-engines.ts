import { HasheeError, type HasheeErrorCode } from '@hashee/core';
import { ENGINE_NAMES, ENGINES, type EngineName } from './engine/engine-names.js';
import { type EngineSource, openEngine } from './engine/open-engine.js';

/** Whether an engine works on this machine. */
export type EngineFinding = {
  readonly engine: EngineName;
  /** The package that brings it. */
  readonly package: string;
} & (
  | { readonly works: true /** Of TensorFlow.js. */; readonly version: string }
  | {
      readonly works: false;
      /** `MISSING_DEPENDENCY` where something can be installed, `UNSUPPORTED` where it can't work here. */
      readonly code: HasheeErrorCode;
      readonly reason: string;
    }
);

/** Opens every engine in turn and lets it compute something, fastest first. */
export async function checkEngines(source: EngineSource = {}): Promise<EngineFinding[]> {
  const findings: EngineFinding[] = [];
  for (const engine of ENGINE_NAMES) {
    const { package: packageName } = ENGINES[engine];
    try {
      const { version } = await openEngine(engine, source);
      findings.push({ engine, package: packageName, works: true, version });
    } catch (error) {
      if (!HasheeError.isInstance(error)) throw error;
      findings.push({ engine, package: packageName, works: false, code: error.code, reason: error.message });
    }
  }
  return findings;
}
