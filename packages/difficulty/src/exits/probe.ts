import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Encoder } from '@hashee/core';
import { readJson, writeWhole } from '@hashee/eval/files';
import type { TrainEvent } from '@hashee/train';

/** What a look at a model in training saw, and after which update. */
export interface ProbeRecord {
  readonly step: number;
  readonly values: readonly number[];
}

/** Looks at a model while it is trained. What was seen outlives the process, as the training does. */
export interface Probe {
  /** To be told of every event of the training. */
  readonly onEvent: (event: TrainEvent) => void;
  readonly look: (encoder: Encoder) => Promise<void>;
  /** All looks, by update. */
  records(): Promise<ProbeRecord[]>;
}

/** @param see what to keep of the model as it is */
export function createProbe(directory: string, see: (encoder: Encoder) => Promise<readonly number[]>): Probe {
  let step = 0;
  return {
    onEvent: (event) => {
      if (event.type === 'start') step = event.resumedFrom;
      if (event.type === 'step') step = event.step;
    },
    async look(encoder) {
      const record: ProbeRecord = { step, values: await see(encoder) };
      await mkdir(directory, { recursive: true });
      await writeWhole(join(directory, `${String(step).padStart(6, '0')}.json`), JSON.stringify(record));
    },
    async records() {
      const names = (await readdir(directory).catch(() => [])).filter((name) => /^\d{6}\.json$/.test(name)).sort();
      const records: ProbeRecord[] = [];
      for (const name of names) records.push((await readJson(join(directory, name))) as ProbeRecord);
      return records;
    },
  };
}
