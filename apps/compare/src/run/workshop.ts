import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { dense, type StageEvent } from '@hashee/baselines';
import { loadModel, type Model } from '@hashee/checkpoint';
import { type Backend, type Checkpoint, HasheeError } from '@hashee/core';
import { tasks } from '@hashee/eval';
import type { Grid, GridLatency } from '../grid/grid.js';
import { asTaskName } from '../grid/grid-schema.js';
import type { GridFile } from '../grid/read-grid.js';
import { type Extent, effortOf, forwardMacs } from '../plan/effort.js';
import type { Cell } from '../plan/plan-cells.js';
import { RESULT_VERSION } from '../results/cell-result.js';
import { digestEncoder } from './digest-encoder.js';
import { encodeTexts, guessedLengths, readTexts, type TaskData, type TaskTexts } from './task-data.js';

export interface WorkshopOptions {
  readonly file: GridFile;
  /** Folder that holds one folder a task. */
  readonly data: string;
  /** Where trained models and unfinished runs are. */
  readonly work: string;
  /** In place of the grid's. */
  readonly encoder?: string | undefined;
}

/** What all cells of a grid share: encoder, data, dense models, and where trainings lie by what they are made from. */
export class Workshop {
  readonly grid: Grid;
  readonly #options: WorkshopOptions;
  readonly #encoderFolder: string;
  readonly #texts = new Map<string, Promise<TaskTexts>>();
  readonly #extents = new Map<string, Extent>();
  #model: Promise<Model> | undefined;
  #digest: Promise<string> | undefined;
  /** Of the last task only: data sets in tokens are large. */
  #data: { readonly task: string; readonly data: Promise<TaskData> } | undefined;
  #dense: { readonly directory: string; readonly model: Promise<Checkpoint> } | undefined;

  constructor(options: WorkshopOptions) {
    this.grid = options.file.grid;
    this.#options = options;
    this.#encoderFolder = options.encoder ?? resolve(options.file.folder, options.file.grid.encoder);
  }

  /** The pretrained encoder, without heads. */
  model(): Promise<Model> {
    this.#model ??= loadModel(this.#encoderFolder).then((model) => ({ ...model, heads: [], exitTable: undefined }));
    return this.#model;
  }

  texts({ task }: Cell, signal?: AbortSignal): Promise<TaskTexts> {
    let texts = this.#texts.get(task.name);
    if (!texts) {
      texts = readTexts(task, this.grid, this.#options.data, signal);
      this.#texts.set(task.name, texts);
    }
    return texts;
  }

  async data(cell: Cell, signal?: AbortSignal): Promise<TaskData> {
    if (this.#data?.task !== cell.task.name) {
      const texts = await this.texts(cell, signal);
      const { tokenizer, config } = await this.model();
      const maxLength = Math.min(texts.maxLength, config.maxLength);
      this.#data = { task: cell.task.name, data: encodeTexts({ ...texts, maxLength }, tokenizer, signal) };
    }
    return this.#data.data;
  }

  /** Changes with everything that a cell's result depends on, time and machine aside. */
  async fingerprint(cell: Cell, signal?: AbortSignal): Promise<string> {
    const { latency, single } = this.grid;
    const { targets, timed, sentences } = cell;
    const measured = {
      targets,
      sentences,
      latency: latency && timed.length > 0 ? howTimed(latency, timed) : null,
      single,
    };
    return digest([RESULT_VERSION, await this.#ingredients(cell, cell.method.name, signal), measured]);
  }

  /** Where a cell is trained. Cells that train the same model share it. */
  async directory(cell: Cell, signal?: AbortSignal): Promise<string> {
    const { task, method, seed } = cell;
    const ingredients = await this.#ingredients(cell, method.recipe, signal);
    const name = `${task.name}.${method.recipe}.seed-${seed}.${digest(ingredients).slice(0, 16)}`;
    return join(this.#options.work, method.family === 'dense' ? 'dense' : 'runs', name);
  }

  /** The dense model of a cell's task and seed: found, or trained once for all cells. */
  async dense(
    cell: Cell,
    backend: Backend,
    signal?: AbortSignal,
    onEvent?: (event: StageEvent) => void,
  ): Promise<Checkpoint> {
    const folder = cell.task.dense?.[String(cell.seed)];
    const origin = denseCell(cell, this.grid);
    const directory = folder ? resolve(this.#options.file.folder, folder) : await this.directory(origin, signal);
    if (this.#dense?.directory !== directory) {
      const model = folder
        ? this.#foundDense(cell, directory, signal)
        : this.#trainDense(origin, directory, backend, signal, onEvent);
      model.catch(() => {
        this.#dense = undefined;
      });
      this.#dense = { directory, model };
    }
    return this.#dense.model;
  }

  /** Rough multiply-accumulates of a cell. */
  async effort(cell: Cell, signal?: AbortSignal): Promise<number> {
    let extent = this.#extents.get(cell.task.name);
    if (!extent) {
      const { train, dev, maxLength } = await this.texts(cell, signal);
      const { config } = await this.model();
      const macs = (texts: TaskTexts['train']): number => forwardMacs(guessedLengths(texts, maxLength), config);
      extent = { train: macs(train), dev: macs(dev) };
      this.#extents.set(cell.task.name, extent);
    }
    return effortOf(cell, extent);
  }

  /** Removes the training of a cell. Dense models stay. */
  async forget(cell: Cell): Promise<void> {
    if (cell.method.family !== 'dense') await rm(await this.directory(cell), { recursive: true, force: true });
  }

  async #ingredients(cell: Cell, recipeName: string, signal?: AbortSignal): Promise<unknown> {
    this.#digest ??= digestPretrained(this.#encoderFolder);
    const encoder = await this.#digest;
    const { digest: data } = await this.texts(cell, signal);
    const found = cell.task.dense?.[String(cell.seed)];
    return {
      encoder,
      ...(found
        ? { dense: await digestDense(resolve(this.#options.file.folder, found), cell) }
        : teacherIngredients(cell, this.grid)),
      ...(cell.method.revision ? { revision: cell.method.revision } : {}),
      ...{ data, recipeName, recipe: cell.recipe, stages: cell.stages, seed: cell.seed },
    };
  }

  async #foundDense(cell: Cell, directory: string, signal?: AbortSignal): Promise<Checkpoint> {
    const model = await loadModel(directory, { signal });
    const { dev } = await this.data(cell, signal);
    const head = model.heads.find(({ name }) => name === 'main');
    const { config } = await this.model();
    const fits = head?.task === dev.task && head.labels.join('\n') === dev.labels.join('\n');
    if (
      !fits ||
      model.exitTable ||
      model.config.layers !== config.layers ||
      model.config.hiddenSize !== config.hiddenSize
    )
      throw new HasheeError(
        'INVALID_ARGUMENT',
        `${directory} is no dense model of ${cell.task.name} on this encoder: expected a head "main" for ${dev.task} with the labels ${dev.labels.join(', ')}, no exit table, and ${config.layers} layers.`,
        { fields: { directory, task: cell.task.name } },
      );
    return model;
  }

  async #trainDense(
    cell: Cell,
    directory: string,
    backend: Backend,
    signal?: AbortSignal,
    onEvent?: (event: StageEvent) => void,
  ): Promise<Checkpoint> {
    const { train, dev } = await this.data(cell, signal);
    const trained = await dense.train({
      ...{ backend, dev, directory, signal, onEvent },
      ...{ seed: cell.seed, recipe: cell.recipe, stages: cell.stages },
      model: await this.model(),
      trainSet: train.sequences,
      metrics: tasks[asTaskName(cell.task.name)].metrics,
    });
    return trained.models['main'];
  }
}

/** The dense cell of the same task and seed: a method's own recipe doesn't touch its teacher. */
function denseCell(cell: Cell, grid: Grid): Cell {
  const own = grid.methods.find(({ name }) => name === dense.name);
  const recipe = { ...grid.recipe, ...cell.task.recipe, ...own?.recipe };
  return { ...cell, method: dense, recipe, stages: own?.stages ?? {} };
}

/** @throws HasheeError `NOT_FOUND` that says where an encoder comes from, `IO` */
function digestPretrained(folder: string): Promise<string> {
  return digestModel(
    folder,
    `There is no pretrained encoder in ${folder}. \`python3 tooling/fetch-pretrained/fetch.py\` fetches the one that the grids of the repository name; --encoder takes another.`,
  );
}

function digestDense(folder: string, { task, seed }: Cell): Promise<string> {
  return digestModel(
    folder,
    `There is no dense model in ${folder}, where the grid has one for ${task.name}, seed ${seed}. Train it there, or take the task's "dense" out of the grid: then it is trained with the other cells.`,
  );
}

async function digestModel(folder: string, missing: string): Promise<string> {
  try {
    return await digestEncoder(folder);
  } catch (cause) {
    if (!HasheeError.isInstance(cause, 'NOT_FOUND')) throw cause;
    throw new HasheeError('NOT_FOUND', missing, { fields: { folder }, cause });
  }
}

/** How the dense model is trained that a method begins with, where the rest doesn't tell. */
function teacherIngredients(cell: Cell, grid: Grid): { readonly teacher?: unknown } {
  const { family, stages: known } = cell.method;
  if (family === 'dense' || !known?.some(({ name }) => name === 'dense')) return {};
  const { recipe, stages } = denseCell(cell, grid);
  const told = JSON.stringify(recipe) === JSON.stringify(cell.recipe) && Object.keys(stages).length === 0;
  return told ? {} : { teacher: { recipe, stages } };
}

function howTimed({ batchSizes, sequences, rounds, warmup }: GridLatency, targets: readonly number[]): unknown {
  return { batchSizes, sequences, rounds, warmup, targets };
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
