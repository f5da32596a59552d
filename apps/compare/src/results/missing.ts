const ID = /^(?<task>[^.]+)\.(?<method>[^.]+)(?:\.(?<target>[\d.]+)x)?\.seed-(?<seed>\d+)$/;

interface Part {
  readonly task: string;
  readonly method: string;
  readonly target: string | undefined;
  readonly seed: string;
}

/**
 * What a grid still lacks, a sentence for each seed: `Seed 1: deebert on mrpc, snli; first-layers at 2x, 4x on mrpc.`
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
    const methods = [...new Set(own.map(({ method }) => method))];
    const phrases = methods.flatMap((method) => phrasesOf(own.filter((part) => part.method === method), method));
    return `Seed ${seed}: ${phrases.join('; ')}.`;
  });
}

/** Tasks that lack the same targets go together. */
function phrasesOf(parts: readonly Part[], method: string): string[] {
  const tasksByTargets = new Map<string, string[]>();
  for (const task of new Set(parts.map((part) => part.task))) {
    const targets = parts.filter((part) => part.task === task).flatMap(({ target }) => (target ? [`${target}x`] : []));
    const key = targets.join(', ');
    tasksByTargets.set(key, [...(tasksByTargets.get(key) ?? []), task]);
  }
  return [...tasksByTargets].map(
    ([targets, tasks]) => `${method}${targets === '' ? '' : ` at ${targets}`} on ${tasks.join(', ')}`,
  );
}

function partsOf(id: string): Part[] {
  const { task, method, target, seed } = ID.exec(id)?.groups ?? {};
  return task && method && seed ? [{ task, method, target, seed }] : [];
}
