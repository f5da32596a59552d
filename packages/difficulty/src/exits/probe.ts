import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Encoder, HasheeError, systemError } from '@hashee/core';
import { readStoredJson, writeWhole } from '@hashee/eval/files';
import type { TrainEvent } from '@hashee/train';
import { z } from 'zod';

/** What a look at a model in training saw, and after which update. */
export interface ProbeRecord {
  readonly step: number;
  readonly values: readonly number[];
}

const record = z.object({ step: z.int().min(0), values: z.array(z.number()) });

/** Looks at a model while it is trained. What was seen outlives the process, as the training does. */
export interface Probe {
  /** To be told of every event of the training. */
  readonly onEvent: (event: TrainEvent) => void;
  readonly look: (encoder: Encoder) => Promise<void>;
  /** All looks, by update. @throws HasheeError `INVALID_DATA` where one can't be read any more, `IO` */
  records(): Promise<ProbeRecord[]>;
}

/**
 * @param training folder of the training; what is seen goes beside it
 * @param see what to keep of the model as it is
 */
export function createProbe(training: string, see: (encoder: Encoder) => Promise<readonly number[]>): Probe {
  const directory = `${training}.probe`;
  let step = 0;
  return {
    onEvent: (event) => {
      if (event.type === 'start') step = event.resumedFrom;
      if (event.type === 'step') step = event.step;
    },
    async look(encoder) {
      const seen: ProbeRecord = { step, values: await see(encoder) };
      await writeWhole(join(directory, `${String(step).padStart(6, '0')}.json`), JSON.stringify(seen));
    },
    async records() {
      const names = await readdir(directory).catch((cause: unknown): string[] => {
        const error = systemError(cause, 'read', directory);
        if (error.code === 'NOT_FOUND') return [];
        throw error;
      });
      const steps = names.flatMap((name) => /^(\d{6,})\.json$/.exec(name)?.[1] ?? []);
      const records: ProbeRecord[] = [];
      for (const name of steps) records.push(await readRecord(join(directory, `${name}.json`), Number(name), training));
      return records.sort((a, b) => a.step - b.step);
    },
  };
}

/** It can't be looked at again without the training, so that has to go, too. */
async function readRecord(path: string, step: number, training: string): Promise<ProbeRecord> {
  const { data } = record.safeParse(await readStoredJson(path));
  if (data?.step === step) return data;
  throw new HasheeError(
    'INVALID_DATA',
    `${path} should say what was seen of a model after update ${step} of its training, and doesn't. Delete the folders ${training} and ${training}.probe to train and look anew.`,
    { fields: { path, step } },
  );
}
