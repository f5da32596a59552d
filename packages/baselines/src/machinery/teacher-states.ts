import type { Encoder, Targets, TokenBatch } from '@hashee/core';
import type { BatchTargets } from '@hashee/train';

/** Name of the target that holds a teacher's states after a layer. */
export function statesTarget(layer: number): string {
  return `states${layer}`;
}

/**
 * The teacher's states after some of its layers, `[T, H]` each, computed for every batch: kept for a whole data set they would
 * fill the memory.
 * @param layers ascending, from 1
 */
export function teacherStates(teacher: Encoder, layers: readonly number[], fingerprint: string): BatchTargets {
  return {
    fingerprint: `${fingerprint} ${layers.join()}`,
    names: layers.map(statesTarget),
    async of({ inputIds, tokenTypeIds, offsets }: TokenBatch): Promise<Targets> {
      const pass = await teacher.begin({ inputIds, tokenTypeIds, offsets });
      try {
        const targets: Record<string, Float32Array> = {};
        for (const layer of layers) {
          await pass.advance(layer);
          targets[statesTarget(layer)] = await pass.hidden();
        }
        return targets;
      } finally {
        pass.dispose();
      }
    },
  };
}
