import { HasheeError, type HeadTask } from '@hashee/core';
import type { TaskDescription } from '@hashee/eval';
import type { DataOptions } from './data-options.js';
import { splitColumns } from './split-columns.js';

/** How the files of a command are read: by a known task, else by its options. */
export interface DataReading {
  readonly kind: HeadTask;
  /** As options name them. */
  readonly columns: {
    readonly text?: string | readonly [string, string] | undefined;
    readonly label?: string | undefined;
  };
  /** Of the task or the model; absent: what the training file holds. */
  readonly labels?: TaskDescription['labels'] | readonly string[] | undefined;
  /** Present for a known task. */
  readonly task?: TaskDescription<HeadTask> | undefined;
}

/** What is assumed where neither options nor a task say it. */
export interface ReadingDefaults {
  readonly kind?: HeadTask | undefined;
  /** Used where the data is of this kind: the model's, which the data must mean. */
  readonly labels?: readonly string[] | undefined;
}

/**
 * @throws HasheeError `INVALID_ARGUMENT` for an unknown task, or one that no head answers
 */
export async function resolveReading(options: DataOptions, defaults: ReadingDefaults = {}): Promise<DataReading> {
  const task = options.task === undefined ? undefined : await findTask(options.task);
  const kind = options.kind ?? task?.kind ?? defaults.kind ?? 'sequence-classification';
  const text = splitColumns(options.textColumn);
  const label = options.labelColumn;
  const labels = splitLabels(options.labels) ?? task?.labels ?? (kind === defaults.kind ? defaults.labels : undefined);
  return {
    kind,
    columns: { ...(text === undefined ? {} : { text }), ...(label === undefined ? {} : { label }) },
    ...(labels ? { labels } : {}),
    ...(task ? { task } : {}),
  };
}

const ANSWERED: readonly string[] = ['sequence-classification', 'regression', 'token-classification'];

async function findTask(name: string): Promise<TaskDescription<HeadTask>> {
  const { tasks } = await import('@hashee/eval');
  const task = Object.values(tasks).find((candidate) => candidate.name === name);
  if (task && ANSWERED.includes(task.kind)) return task as TaskDescription<HeadTask>;
  const known = Object.values(tasks).filter(({ kind }) => ANSWERED.includes(kind));
  throw new HasheeError(
    'INVALID_ARGUMENT',
    `${task ? 'No head answers' : 'Unknown'} task "${name}". Tasks: ${known.map((each) => each.name).join(', ')}. For other data give files and --kind.`,
    { fields: { task: name } },
  );
}

function splitLabels(text: string | undefined): TaskDescription['labels'] | undefined {
  return text?.split(',').map((part) => {
    const [value, name = value] = part.split('=').map((side) => side.trim());
    if (!value || !name)
      throw new HasheeError('INVALID_ARGUMENT', `--labels takes names, or value=name, between commas; got "${text}".`, {
        fields: { option: 'labels', value: text },
      });
    return { value, name };
  });
}
