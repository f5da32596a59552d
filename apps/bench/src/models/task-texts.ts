import type { TextInput } from '@hashee/core';
import { loadSplit } from '@hashee/eval';

/** Short sentences, pairs of sentences, long reviews. */
export const BENCH_TASKS = ['sst-2', 'mrpc', 'imdb'] as const;
export type BenchTask = (typeof BENCH_TASKS)[number];

/** The texts of a task's dev set, in its order. */
export async function taskTexts(
  task: BenchTask,
  directory: string | undefined,
  signal: AbortSignal,
): Promise<TextInput[]> {
  const { examples } = await loadSplit(task, 'dev', { directory, signal });
  return examples.map(({ text }) => text);
}
