import { HasheeError } from '@hashee/core';
import type { Engine } from './engine.js';
import { ENGINE_NAMES, ENGINES, type EngineName } from './engine-names.js';
import { type EngineSource, openEngine } from './open-engine.js';

/** One engine that was tried, and why it isn't used. */
export interface RefusedEngine {
  readonly engine: EngineName;
  readonly package: string;
  readonly code: string;
  readonly reason: string;
}

export interface ChosenEngine {
  readonly engine: Engine;
  /** Those that were tried before it, fastest first. */
  readonly refused: readonly RefusedEngine[];
}

/**
 * Opens the engine that is asked for, or for `auto` the fastest that works.
 * @throws HasheeError `MISSING_DEPENDENCY`, `UNSUPPORTED`; for `auto` with every reason in the message
 */
export async function chooseEngine(wanted: EngineName | 'auto', source: EngineSource): Promise<ChosenEngine> {
  if (wanted !== 'auto') return { engine: await openEngine(wanted, source), refused: [] };
  const refused: RefusedEngine[] = [];
  for (const name of ENGINE_NAMES) {
    try {
      return { engine: await openEngine(name, source), refused };
    } catch (error) {
      if (!HasheeError.isInstance(error)) throw error;
      refused.push({ engine: name, package: ENGINES[name].package, code: error.code, reason: error.message });
    }
  }
  throw new HasheeError(
    'MISSING_DEPENDENCY',
    `No engine of TensorFlow.js works here. Install one: \`npm install @tensorflow/tfjs-backend-wasm\` runs everywhere.\n${refused.map(({ engine, reason }) => `- ${engine}: ${reason}`).join('\n')}`,
    { fields: { refused } },
  );
}
