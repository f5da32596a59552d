import { methods } from '@hashee/baselines';
import type { GridMethod, GridRecipe } from './grid.js';

/** What a method of a grid asks for and wouldn't get. */
export interface MethodProblem {
  /** Below the method. */
  readonly path: readonly string[];
  readonly message: string;
}

/**
 * The first thing in a method's entry that its training would pass over: it would change the fingerprints of cells, and nothing else.
 * @param targets those that it is trained for
 */
export function methodProblem(
  { name, recipe, stages = {} }: GridMethod,
  targets: readonly number[],
): MethodProblem | undefined {
  const { title, family, perSpeedup, stages: known } = methods[name];
  if (!known) return undefined;
  const own = known.filter((stage) => family === 'dense' || stage.name !== 'dense');
  if (recipe && own.length === 0)
    return {
      path: ['recipe'],
      message: `${title} trains nothing but the dense model, which is trained by the recipe of the method "dense"`,
    };
  for (const [key, options] of Object.entries(stages)) {
    const path = ['stages', key];
    const stage = own.find((each) =>
      stageNames(each.name, each.per === 'speedup' && perSpeedup ? targets : []).includes(key),
    );
    if (!stage && key === 'dense')
      return { path, message: 'the dense model is the same for all methods: give this to the method "dense"' };
    if (!stage)
      return {
        path,
        message: `${title} has no such stage; it has ${own.flatMap((each) => stageNames(each.name, each.per === 'speedup' ? targets : [])).join(', ') || 'none of its own'}`,
      };
    const unused = Object.keys(options).filter(
      (option) =>
        options[option as keyof GridRecipe] !== undefined &&
        (stage.without as readonly string[] | undefined)?.includes(option),
    );
    if (unused.length > 0) return { path: [...path, unused[0]], message: 'this stage has no use for it' };
  }
  return undefined;
}

/** A stage for all targets, and for each of them. */
function stageNames(name: string, targets: readonly number[]): string[] {
  return [name, ...targets.map((target) => `${name}-${target}`)];
}
