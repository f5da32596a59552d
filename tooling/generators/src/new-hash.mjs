import { Changes, capitalized, identifierOf, pathOf } from './new-file.mjs';

/** @param {string} name @param {string} identifier */
const source = (name, identifier) => `import type { BuiltExitTable } from './built-exit-table.js';
import type { Corpus, CorpusOptions } from './corpus.js';
import { checkDivision, type DivisionOptions, divideRanking, readTargetCorpus } from './divide-ranking.js';
import { draftTable, type TableOptions } from './vocabulary.js';

export interface ${capitalized(identifier)}HashOptions extends TableOptions, DivisionOptions, CorpusOptions {
  /** Where a target is measured; needed with one. */
  readonly targetCorpus?: Corpus | undefined;
}

/**
 * Which types exit first. As generated: those that stand first in the vocabulary; special ids exit at L.
 * @throws HasheeError \`INVALID_ARGUMENT\`, \`INVALID_DATA\`, \`TABLE_MISMATCH\`, \`ABORTED\`
 */
export async function ${identifier}Hash(options: ${capitalized(identifier)}HashOptions): Promise<BuiltExitTable> {
  const draft = draftTable(options);
  checkDivision(options);
  const measured = options.target ? await readTargetCorpus(options.targetCorpus, draft, options) : undefined;
  const ids = Int32Array.from({ length: draft.vocabSize }, (_, id) => id).filter((id) => draft.special[id] === 0);
  const ranking = ids.sort((a, b) => a - b);
  return divideRanking(draft, ranking, measured?.counts, options, {
    name: '${name}',
    parameters: { types: ranking.length, ...(measured ? { targetCorpus: measured.size } : {}) },
  });
}
`;

/** @param {string} name @param {string} identifier */
const test = (name, identifier) => `import { describe, expect, it } from 'vitest';
import { buildExitTable, hashNames, ${identifier}Hash } from '../src/index.js';
import { train, words } from './words.js';

const options = { layers: 3, tokenizer: words };

describe('${identifier}Hash', () => {
  it('gives the first types of its ranking the first layers, special ids the last', async () => {
    const table = await ${identifier}Hash(options);
    const ranked = [...table.ranking!];
    expect(ranked).toEqual(ranked.toSorted((a, b) => a - b));
    expect(ranked).toHaveLength(words.vocabSize - words.specialIds.size);
    const layers = ranked.map((id) => table.exitLayer[id]);
    expect(layers).toEqual(layers.toSorted());
    expect(new Set(layers)).toEqual(new Set([1, 2, 3]));
    for (const id of words.specialIds) expect(table.exitLayer[id]).toBe(3);
    expect(table.hash).toEqual({ name: '${name}', parameters: { types: ranked.length, buckets: 3 } });
  });

  it('meets a target on a corpus', async () => {
    const table = await ${identifier}Hash({ ...options, target: { meanExitLayer: 2 }, targetCorpus: train });
    const exits = train.flatMap(({ inputIds }) => Array.from(inputIds)).map((id) => table.exitLayer[id]);
    expect(exits.reduce((sum, layer) => sum + layer) / exits.length).toBeLessThanOrEqual(2);
  });

  it('is built by its name', async () => {
    expect(hashNames).toContain('${name}');
    expect(await buildExitTable({ hash: '${name}', ...options })).toEqual(await ${identifier}Hash(options));
  });
});
`;

/**
 * Writes a hash function that works, its test, and its entry in \`buildExitTable\`.
 * @param {string} root of the workspace
 * @param {string} name such as \`word-length\`
 * @returns {import('./new-file.mjs').Generated}
 */
export function newHash(root, name) {
  const identifier = identifierOf(name, 'hash');
  const options = `${capitalized(identifier)}HashOptions`;
  const changes = new Changes(root);
  const folder = 'packages/hash';
  changes.add(`${folder}/src/${name}.ts`, source(name, identifier));
  changes.add(`${folder}/test/${name}.test.ts`, test(name, identifier));
  changes.insertSorted(`${folder}/src/index.ts`, /^export /, `export * from './${name}.js';`, pathOf);
  const build = `${folder}/src/build-exit-table.ts`;
  const entry = `import { type ${options}, ${identifier}Hash } from './${name}.js';`;
  changes.insertSorted(build, /^import \{ type .* from '\.\//, entry, pathOf);
  changes.insertBefore(build, "  'uniform',\n", `  '${name}',\n`);
  changes.insertBefore(build, "  | ({ readonly hash: 'uniform' }", `  | ({ readonly hash: '${name}' } & ${options})\n`);
  changes.insertBefore(
    build,
    "    case 'uniform':\n",
    `    case '${name}':\n      return ${identifier}Hash(options);\n`,
  );
  return {
    written: changes.write(),
    next: [
      `Write the ranking in ${folder}/src/${name}.ts, and worked numbers into ${folder}/test/${name}.test.ts.`,
      `Run them: cd ${folder} && npx vitest run test/${name}.test.ts`,
      'For the command line, name it in HASHES and buildTable of apps/cli/src/table/build-table.ts.',
      'Write a changeset: npx --yes pnpm@10.34.9 changeset',
    ],
  };
}
