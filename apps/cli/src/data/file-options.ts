import type { DataKind, ReadOptions, TaskDescription, TaskName } from '@hashee/eval';

/** How the examples of a file are found. */
export interface FileReading<Kind extends DataKind> {
  readonly kind: Kind;
  /** As options name them; they come before the task's. */
  readonly columns: NonNullable<ReadOptions['columns']>;
  readonly task?: TaskDescription | undefined;
}

/** How a file is read: as `loadTask` reads it where the data is a known task's, else by the options alone. */
export async function fileOptions<Kind extends DataKind>(
  file: string,
  { kind, columns, task }: FileReading<Kind>,
  signal?: AbortSignal | undefined,
): Promise<ReadOptions<Kind>> {
  if (!task) return { kind, columns, signal };
  if (task.kind !== kind) return { kind, columns: { ...task.columns, ...columns }, signal };
  const { taskReadOptions } = await import('@hashee/eval');
  const found = await taskReadOptions(task.name as TaskName, file, { signal });
  return { ...found, kind, columns: { ...found.columns, ...columns } };
}
