import { methods } from '@hashee/baselines';
import { HasheeError } from '@hashee/core';
import { type TaskName, tasks } from '@hashee/eval';
import { z } from 'zod';
import type { Grid } from './grid.js';
import { methodProblem } from './method-problem.js';

const GRID_VERSION = 1;

const count = z.int().min(1).max(1_000_000_000);

/** As `RecipeOptions` of `@hashee/baselines`. */
const recipe = z.strictObject({
  epochs: count.optional(),
  batchSize: count.optional(),
  accumulation: count.optional(),
  learningRate: z.number().gt(0).lt(1).optional(),
  warmup: z.number().min(0).max(1).optional(),
  dropout: z.number().min(0).lt(1).optional(),
  patience: count.optional(),
  evaluateEvery: z.union([count, z.literal('epoch'), z.literal('never')]).optional(),
  checkpointEvery: count.optional(),
});

const unique = (values: readonly unknown[]): boolean => new Set(values).size === values.length;
const targets = z.array(z.number().min(1).max(100)).min(1).refine(unique, 'each target once');

const taskName = z.enum(Object.keys(tasks) as [string, ...string[]]);
const methodName = z.enum(Object.keys(methods) as [string, ...string[]]);

const task = z.preprocess(
  (value) => (typeof value === 'string' ? { name: value } : value),
  z.strictObject({
    name: taskName,
    maxLength: z.int().min(5).max(4096).optional(),
    train: count.optional(),
    dev: count.optional(),
    recipe: recipe.optional(),
    dense: z.record(z.string().regex(/^\d+$/), z.string().min(1)).optional(),
  }),
);

const method = z.preprocess(
  (value) => (typeof value === 'string' ? { name: value } : value),
  z.strictObject({
    name: methodName,
    recipe: recipe.optional(),
    stages: z.record(z.string(), recipe).optional(),
    tasks: z.array(taskName).min(1).optional(),
    targets: targets.optional(),
  }),
);

const named = (values: readonly { readonly name: string }[]): boolean => unique(values.map(({ name }) => name));

const shape = z.strictObject({
  format: z.literal('hashee-grid'),
  version: z.literal(GRID_VERSION),
  title: z.string().min(1).max(200),
  encoder: z.string().min(1),
  tasks: z.array(task).min(1).refine(named, 'each task once'),
  methods: z.array(method).min(1).refine(named, 'each method once'),
  seeds: z
    .array(
      z
        .int()
        .min(0)
        .max(2 ** 32 - 1),
    )
    .min(1)
    .refine(unique, 'each seed once'),
  targets: targets.default([2, 3, 4]),
  recipe: recipe.default({}),
  order: z
    .array(
      z.strictObject({
        tasks: z.array(taskName).min(1).optional(),
        methods: z.array(methodName).min(1).optional(),
        seeds: z.array(z.int().min(0)).min(1).optional(),
        targets: targets.optional(),
      }),
    )
    .default([]),
  limits: z.strictObject({ train: count.optional(), dev: count.optional() }).default({}),
  single: z.strictObject({ sequences: count }).default({ sequences: 512 }),
  latency: z
    .strictObject({
      batchSizes: z
        .array(z.int().min(1).max(1024))
        .min(1)
        .refine(unique, 'each size once')
        .default([1, 2, 4, 8, 16, 32, 64]),
      sequences: count.default(128),
      rounds: z.int().min(1).max(100).default(3),
      warmup: z.int().min(0).max(100).default(1),
      seeds: z.array(z.int().min(0)).min(1).optional(),
      tasks: z.array(taskName).min(1).optional(),
      methods: z.array(methodName).min(1).optional(),
      targets: targets.optional(),
    })
    .optional(),
  sentences: z.int().min(0).max(200).default(16),
  threads: z.int().min(1).max(1024).default(1),
  keepModels: z.boolean().default(false),
});

const grid = shape.superRefine((value, context) => {
  value.methods.forEach((entry, index) => {
    const problem = methodProblem(entry, entry.targets ?? value.targets);
    if (problem)
      context.addIssue({ code: 'custom', path: ['methods', index, ...problem.path], message: problem.message });
  });
});

/**
 * Checks what should be a grid and fills in what it leaves out.
 * @param source where it came from, for the message
 * @throws HasheeError `INVALID_ARGUMENT` with the place of the first thing that is wrong
 */
export function parseGrid(value: unknown, source = 'The grid'): Grid {
  const result = grid.safeParse(value);
  if (result.success) return result.data;
  const [{ path, message }] = result.error.issues;
  const where = path.map(String).join('.') || 'all of it';
  throw new HasheeError('INVALID_ARGUMENT', `${source} isn't a sound grid: ${where}: ${message}.`, {
    fields: { path: where, problems: result.error.issues.length },
  });
}

/** The format as JSON Schema (draft 2020-12), for editors. */
export function gridJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(grid, { io: 'input', unrepresentable: 'any' }) as Record<string, unknown>;
}

/** A name that the schema has let through. */
export function asTaskName(name: string): TaskName {
  return name as TaskName;
}
