import { HasheeError } from '@hashee/core';
import type { Method, MethodStage, RecipeOptions, TrainContext } from '../method.js';

/** The stage of the dense model that a method begins with. */
export const DENSE_STAGE: MethodStage = { name: 'dense' };

/** What selects by dev, which nothing does in some stages. */
export const SELECTION = ['patience', 'evaluateEvery'] as const;

const NUMBER = /-\d+(\.\d+)?$/;

/** What the context says of a stage: by its whole name, such as `exits-3`, before by the name without the number. */
export function stageOptions({ stages }: Pick<TrainContext, 'stages'>, name: string): RecipeOptions {
  return { ...defined(stages?.[name.replace(NUMBER, '')]), ...defined(stages?.[name]) };
}

/** @throws HasheeError `INVALID_ARGUMENT` where the context names a stage that the method doesn't have, or options that one can't use */
export function assertStages(
  { title, stages: known }: Pick<Method, 'title' | 'stages'>,
  { stages = {} }: Pick<TrainContext, 'stages'>,
): void {
  if (!known) return;
  for (const [name, options] of Object.entries(stages)) {
    const stage = known.find((each) => each.name === (each.per ? name.replace(NUMBER, '') : name));
    if (!stage)
      throw new HasheeError(
        'INVALID_ARGUMENT',
        `${title} has no stage "${name}". It has ${known.map((each) => each.name).join(', ')}.`,
        { fields: { stage: name, known: known.map((each) => each.name) } },
      );
    const unused = Object.keys(defined(options)).filter((option) =>
      (stage.without as readonly string[] | undefined)?.includes(option),
    );
    if (unused.length > 0)
      throw new HasheeError(
        'INVALID_ARGUMENT',
        `The stage "${name}" of ${title} can't use ${unused.join(', ')}: leave that out.`,
        { fields: { stage: name, unused } },
      );
  }
}

function defined(options: RecipeOptions | undefined): RecipeOptions {
  return Object.fromEntries(Object.entries(options ?? {}).filter(([, value]) => value !== undefined));
}
