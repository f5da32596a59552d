import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collate, type Encoder, type HeadTask } from '@hashee/core';
import { evaluate } from '@hashee/eval';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TrainEvent, type TrainOptions, teacherLogits, train } from '../src/index.js';
import { bagOfWordsBackend } from './bag-of-words/backend.js';
import { bagOfWords } from './bag-of-words/model.js';
import { LABELS, smallRun, smallTask } from './small-tasks.js';

const root = mkdtempSync(join(tmpdir(), 'hashee-teacher-'));
afterAll(() => rmSync(root, { recursive: true }));

/** Teachers have learned the opposite: whoever agrees with one can't have it from the labels. */
function opposite(task: HeadTask, label: number | Int32Array): number | Int32Array {
  if (typeof label !== 'number') return label.map((value) => (value < 0 ? value : 1 - value));
  return task === 'regression' ? -label : 1 - label;
}

const teachers = new Map<HeadTask, Encoder>();
beforeAll(async () => {
  for (const task of Object.keys(LABELS) as HeadTask[]) {
    const options = smallRun(task);
    const trainSet = options.trainSet.map((sequence) => ({ ...sequence, label: opposite(task, sequence.label) }));
    const { model } = await train({ ...options, trainSet, dev: undefined, epochs: 8, learningRate: 0.05 });
    teachers.set(task, await bagOfWordsBackend.load(model));
  }
});

/** Runs until an event, then aborts. */
async function interrupted(options: TrainOptions, when: (event: TrainEvent) => boolean): Promise<void> {
  const controller = new AbortController();
  const onEvent = (event: TrainEvent): void => {
    if (when(event)) controller.abort();
  };
  await expect(train({ ...options, onEvent, signal: controller.signal })).rejects.toMatchObject({ code: 'ABORTED' });
}

const teacherOf = (task: HeadTask): Encoder => teachers.get(task) as Encoder;

/** Mean squared distance between two models' logits on dev. */
async function distance(task: HeadTask, a: Encoder, b: Encoder): Promise<number> {
  const dev = smallTask(task, 60, 2);
  const [left, right] = [await evaluate(a, dev), await evaluate(b, dev)];
  const differences = left.logits.flatMap((values, i) =>
    Array.from(values, (value, j) => (value - right.logits[i][j]) ** 2),
  );
  return differences.reduce((sum, value) => sum + value, 0) / differences.length;
}

describe('teacherLogits', () => {
  it.each(Object.keys(LABELS) as HeadTask[])('are what the teacher says to each sequence: %s', async (task) => {
    const { trainSet } = smallRun(task);
    const teacher = teacherOf(task);
    const logits = await teacherLogits(teacher, trainSet);
    for (const index of [0, 71, 149]) {
      const { logits: expected } = await teacher.forward(collate([trainSet[index]]));
      expect(logits[index]).toEqual(expected);
    }
  });

  it('use the exit table of the teacher, not the exits of the student', async () => {
    const task = 'sequence-classification';
    const seen: unknown[] = [];
    const teacher = teacherOf(task);
    const listening: Encoder = {
      ...teacher,
      forward: (batch, options) => {
        seen.push(batch.exitLayers);
        return teacher.forward(batch, options);
      },
    };
    const sequences = smallRun(task).trainSet.map((sequence) => ({
      ...sequence,
      exitLayers: new Uint8Array(sequence.inputIds.length).fill(1),
    }));
    await teacherLogits(listening, sequences);
    expect(seen).toEqual(Array(5).fill(undefined));
  });
});

describe('distillation', () => {
  it.each(Object.keys(LABELS) as HeadTask[])('brings the student closer to the teacher: %s', async (task) => {
    const options = { ...smallRun(task), dev: undefined, epochs: 8, learningRate: 0.05 };
    const teacher = teacherOf(task);
    const kind = task === 'regression' ? 'mse' : 'distillation';
    const taught = await train({ ...options, teacher, losses: [{ head: 'main', kind, target: 'teacher' }] });
    const alone = await train(options);
    const [near, far] = [await bagOfWordsBackend.load(taught.model), await bagOfWordsBackend.load(alone.model)];
    expect(await distance(task, near, teacher)).toBeLessThan(0.2 * (await distance(task, far, teacher)));
  });

  it('has both terms by default', async () => {
    const events: TrainEvent[] = [];
    await train({
      ...smallRun(),
      epochs: 1,
      teacher: teacherOf('sequence-classification'),
      onEvent: (event) => events.push(event),
    });
    const steps = events.flatMap((event) => (event.type === 'step' ? [event] : []));
    for (const { loss, terms } of steps) expect(loss).toBeCloseTo(0.5 * terms[0] + 0.5 * terms[1], 9);
    expect(events.filter(({ type }) => type === 'teacher').at(-1)).toEqual({ type: 'teacher', done: 150, total: 150 });
  });

  it('asks the teacher once, also when the run is resumed', async () => {
    const teacher = teacherOf('sequence-classification');
    let asked = 0;
    const counting: Encoder = {
      ...teacher,
      forward: (batch, options) => {
        asked += batch.offsets.length - 1;
        return teacher.forward(batch, options);
      },
    };
    const options: TrainOptions = { ...smallRun(), teacher: counting, directory: join(root, 'run') };
    const atStep15 = (event: TrainEvent): boolean => event.type === 'step' && event.step === 15;
    await interrupted(options, atStep15);
    // A batch again, as only its answers tell which teacher it is.
    const resumed = await train(options);
    expect(asked).toBe(150 + 32);
    expect(existsSync(join(root, 'run', 'teacher.safetensors'))).toBe(true);

    const given = await train({ ...smallRun(), teacher: await teacherLogits(teacher, smallRun().trainSet) });
    expect(resumed.history).toEqual(given.history);

    asked = 0;
    const known = { ...options, teacherFingerprint: 'its digest', resume: 'restart' } as const;
    await interrupted(known, atStep15);
    await train({ ...known, resume: 'required' });
    expect(asked).toBe(150);
  });

  describe('does not mix the answers of two teachers', () => {
    const first = (): Encoder => teacherOf('sequence-classification');
    const second = (): Promise<Encoder> => bagOfWordsBackend.load(smallRun().model, { head: 'main' });
    const marks = [
      ['by their fingerprints', 'A', 'B'],
      ['by their answers', undefined, undefined],
      ['by their answers, where one fingerprint is known', 'A', undefined],
      ['by their answers, where the other fingerprint is known', undefined, 'B'],
    ] as const;

    it.each(marks)('in a run that is resumed: %s', async (name, a, b) => {
      const directory = join(root, `resumed ${name}`);
      const begun = { ...smallRun(), directory, teacher: first(), teacherFingerprint: a };
      await interrupted(begun, (event) => event.type === 'step' && event.step === 15);
      const other = { ...begun, teacher: await second(), teacherFingerprint: b };
      await expect(train(other)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      await expect(train(other)).rejects.toThrow(/can't be resumed, as it differs in teacher/);
      const { history } = await train(begun);
      expect(history).toEqual((await train({ ...smallRun(), teacher: first() })).history);
      // Finished, it isn't the other one's either.
      await expect(train(other)).rejects.toThrow(/differs in teacher/);
      expect((await train(begun)).history).toEqual(history);
    });

    it.each(marks)('in a run that has stored answers, but no checkpoint yet: %s', async (name, a, b) => {
      const directory = join(root, `begun ${name}`);
      const begun = { ...smallRun(), directory, teacher: first(), teacherFingerprint: a };
      await interrupted(begun, (event) => event.type === 'teacher' && event.done === 150);
      expect(readdirSync(directory).sort()).toEqual(['teacher.safetensors', 'train-log.jsonl']);
      const other = { ...begun, teacher: await second(), teacherFingerprint: b };
      const { history } = await train(other);
      expect(history).toEqual((await train({ ...other, directory: undefined })).history);
      expect(history).not.toEqual((await train({ ...begun, directory: undefined })).history);
    });
  });

  it('goes on with runs of a version that did not know which teacher it was', async () => {
    const directory = join(root, 'older');
    const begun = { ...smallRun(), directory, teacher: teacherOf('sequence-classification') };
    await interrupted(begun, (event) => event.type === 'step' && event.step === 15);
    const { history } = await train({ ...begun, teacherFingerprint: 'A', resume: 'required' });
    expect(history).toEqual((await train({ ...begun, directory: undefined })).history);
  });

  it('refuses teachers that answer something else', async () => {
    const expectRefusal = (change: Partial<TrainOptions>, message: RegExp): Promise<void> =>
      expect(train({ ...smallRun(), ...change })).rejects.toThrow(message);
    await expectRefusal({ teacher: teacherOf('regression') }, /must answer as the student does.*it has regression/);
    const reversed = await bagOfWordsBackend.load(bagOfWords('sequence-classification', ['high', 'low']));
    await expectRefusal({ teacher: reversed }, /labels low, high; it has .* high, low/);
    await expectRefusal({ teacher: [new Float32Array(2)] }, /are for 1 sequences, the training set has 150/);
    const rows = smallRun().trainSet.map(() => new Float32Array(2));
    rows[3] = new Float32Array(3);
    await expectRefusal({ teacher: rows }, /sequence 3: expected 2 numbers .* got 3/);
    rows[3] = Float32Array.of(Number.NaN, 0);
    await expectRefusal({ teacher: rows }, /sequence 3: .*not finite/);
    const losses = [{ head: 'main', kind: 'cross-entropy' as const }];
    await expectRefusal({ teacher: rows, losses }, /losses: expected a term with the target "teacher"/);
  });
});
