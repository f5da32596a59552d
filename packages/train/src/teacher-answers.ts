import type { Encoder } from '@hashee/core';
import { digestSequences } from './digest.js';
import { otherRun } from './identity.js';
import type { Recipe } from './recipe.js';
import { loadTeacher, saveTeacher } from './stored-teacher.js';
import { assertTeacherFits, teacherLogits, validateTeacherLogits } from './teacher-logits.js';
import type { TrainOptions } from './train-options.js';

/** Sequences that a teacher without a fingerprint is asked again: one batch of those it was asked first. */
const PROBES = 32;
/** Of the largest logit: what other threads and machines may differ in, and no other teacher stays within. */
const TOLERANCE = 1e-3;

/** What the teacher of a run says to each training sequence: asked once, kept in the run's folder, if it has one. */
export class TeacherAnswers {
  readonly #options: TrainOptions;
  readonly #recipe: Recipe;
  #recalled: Promise<readonly Float32Array[] | 'another teacher' | undefined> | undefined;

  constructor(options: TrainOptions, recipe: Recipe) {
    this.#options = options;
    this.#recipe = recipe;
  }

  /** @throws HasheeError `INVALID_ARGUMENT` where the run in the folder was begun with another teacher, and what the teacher throws */
  async assertSame(directory: string): Promise<void> {
    const { teacher, teacherFingerprint } = this.#options;
    if (!isModel(teacher) || (await this.#recall(teacher, directory)) !== 'another teacher') return;
    throw otherRun(directory, [
      { option: 'teacher', was: 'a model with other answers', is: teacherFingerprint ?? 'a model' },
    ]);
  }

  /**
   * By index of the training sequence; nothing where there is no teacher.
   * @throws HasheeError `INVALID_ARGUMENT` where they don't fit, `ABORTED`, `IO`, and what the teacher throws
   */
  async all(directory: string | undefined): Promise<readonly Float32Array[] | undefined> {
    const { teacher, trainSet, teacherFingerprint, signal, onEvent } = this.#options;
    if (!teacher) return undefined;
    let logits: readonly Float32Array[];
    if (isModel(teacher)) {
      assertTeacherFits(teacher, this.#recipe.labelsHead);
      const stored = directory === undefined ? undefined : await this.#recall(teacher, directory);
      const known = stored === 'another teacher' ? undefined : stored;
      const onProgress = (event: { readonly done: number; readonly total: number }): void =>
        onEvent?.({ type: 'teacher', ...event });
      logits = known ?? (await teacherLogits(teacher, trainSet, { signal, onProgress }));
      if (!known && directory !== undefined)
        await saveTeacher(directory, digestSequences(trainSet), { logits, fingerprint: teacherFingerprint });
    } else logits = teacher;
    validateTeacherLogits(logits, trainSet, this.#recipe.labelsHead);
    return logits;
  }

  /** What was stored, if it is this teacher's. */
  #recall(teacher: Encoder, directory: string): Promise<readonly Float32Array[] | 'another teacher' | undefined> {
    this.#recalled ??= this.#load(teacher, directory);
    return this.#recalled;
  }

  async #load(teacher: Encoder, directory: string): Promise<readonly Float32Array[] | 'another teacher' | undefined> {
    const { trainSet, teacherFingerprint, signal } = this.#options;
    const stored = await loadTeacher(directory, digestSequences(trainSet), trainSet.length);
    if (!stored) return undefined;
    const bothKnown = stored.fingerprint !== undefined && teacherFingerprint !== undefined;
    if (bothKnown) return stored.fingerprint === teacherFingerprint ? stored.logits : 'another teacher';
    const asked = Array.from(trainSet.keys())
      .sort((a, b) => trainSet[a].inputIds.length - trainSet[b].inputIds.length || a - b)
      .slice(0, PROBES);
    const answers = await teacherLogits(
      teacher,
      asked.map((index) => trainSet[index]),
      { signal },
    );
    const same = answers.every((answer, i) => alike(answer, stored.logits[asked[i]]));
    return same ? stored.logits : 'another teacher';
  }
}

function isModel(teacher: TrainOptions['teacher']): teacher is Encoder {
  return teacher !== undefined && 'forward' in teacher;
}

function alike(a: Float32Array, b: Float32Array): boolean {
  const largest = b.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  return a.length === b.length && a.every((value, i) => Math.abs(value - b[i]) <= TOLERANCE * largest);
}
