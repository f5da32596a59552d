const ID = /^(?<task>[^.]+)\.(?<method>[^.]+)(?:\.(?<target>[\d.]+)x)?\.seed-(?<seed>\d+)$/;

interface Part {
  readonly task: string;
  readonly method: string;
  readonly target: string | undefined;
  readonly seed: string;
}

/**
 * What a grid still lacks, a sentence for each seed: `Seed 1: deebert, pabee on mrpc; first-layers at 2x, 4x on mrpc, snli.`
 * @param planned ids of all its cells
 * @param missing those without a result
 */
export function missingText(planned: readonly string[], missing: readonly string[]): string[] {
  const all = planned.flatMap(partsOf);
  const parts = missing.flatMap(partsOf);
  const seeds = [...new Set(parts.map(({ seed }) => seed))];
  return seeds.map((seed) => {
    const own = parts.filter((part) => part.seed === seed);
    if (own.length === all.filter((part) => part.seed === seed).length) return `Seed ${seed}: everything.`;
    // What lacks the same goes together.
    const methodsByRest = new Map<string, string[]>();
    for (const method of new Set(own.map((part) => part.method)))
      for (const rest of restsOf(own.filter((part) => part.method === method)))
        methodsByRest.set(rest, [...(methodsByRest.get(rest) ?? []), method]);
    return `Seed ${seed}: ${[...methodsByRest].map(([rest, methods]) => `${methods.join(', ')} ${rest}`).join('; ')}.`;
  });
}

/** Of one method: `at 2x, 4x on mrpc`, once for all tasks that lack the same targets. */
function restsOf(parts: readonly Part[]): string[] {
  const tasksByTargets = new Map<string, string[]>();
  for (const task of new Set(parts.map((part) => part.task))) {
    const targets = parts.filter((part) => part.task === task).flatMap(({ target }) => (target ? [`${target}x`] : []));
    const key = targets.join(', ');
    tasksByTargets.set(key, [...(tasksByTargets.get(key) ?? []), task]);
  }
  return [...tasksByTargets].map(
    ([targets, tasks]) => `${targets === '' ? '' : `at ${targets} `}on ${tasks.join(', ')}`,
  );
}

function partsOf(id: string): Part[] {
  const { task, method, target, seed } = ID.exec(id)?.groups ?? {};
  return task && method && seed ? [{ task, method, target, seed }] : [];
}
