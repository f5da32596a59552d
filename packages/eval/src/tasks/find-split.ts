import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HasheeError } from '@hashee/core';
import type { TaskDescription } from './task.js';

/** Parts of a task's data. */
export type Split = 'train' | 'dev' | 'test';

/** What a file of a split is called, best first; `#` stands for the extension. */
const NAMES: Readonly<Record<Split, readonly RegExp[]>> = {
  train: [/^train#/, /^wnut17train#/, /[._-]train#/],
  dev: [/^dev#/, /^(?:validation|val|dev_matched)#/, /^emerging\.dev#/, /[._-](?:dev|validation)#/],
  // ELUE: test_full.tsv has the labels that test.tsv lacks.
  test: [/^test_full#/, /^test#/, /^emerging\.test\.annotated$/, /[._-]test#/],
};
const EXTENSION = '\\.(?:tsv|csv|jsonl|ndjson|txt|conll|bio)$';

/**
 * The folder of a task: named as the task, as papers write it, or by one of its other names, case aside.
 * @throws HasheeError `NOT_FOUND` with the names that were looked for
 */
export async function findTaskFolder(directory: string, task: TaskDescription): Promise<string> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  for (const wanted of [task.name, task.title, ...task.folders]) {
    const found = folders.find((name) => name === wanted) ?? folders.find((name) => same(name, wanted));
    if (found !== undefined) return join(directory, found);
  }
  throw new HasheeError('NOT_FOUND', `The data folder ${directory} has no folder "${task.name}".`, {
    fields: { task: task.name, directory, names: [task.name, task.title, ...task.folders] },
  });
}

/**
 * The file of a split in a task's folder.
 * @throws HasheeError `NOT_FOUND` with the files that are there
 */
export async function findSplit(folder: string, split: Split): Promise<string> {
  const files = (await readdir(folder)).sort();
  for (const pattern of NAMES[split]) {
    const exact = new RegExp(pattern.source.replace('#', EXTENSION), 'i');
    const found = files.filter((name) => exact.test(name));
    // Several formats of the same: TSV, else the first by the alphabet.
    if (found.length > 0) return join(folder, found.find((name) => name.endsWith('.tsv')) ?? found[0]);
  }
  throw new HasheeError(
    'NOT_FOUND',
    `${folder} has no ${split} file. Expected ${split}.tsv, .csv or .jsonl; there are: ${files.slice(0, 20).join(', ') || 'none'}.`,
    { fields: { folder, split, files } },
  );
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
