import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Example } from './example.js';

/** An example and the README it stands in, by its path from the root of the workspace. */
export interface LocatedExample {
  readonly readme: string;
  readonly example: Example;
}

/** Where each entry of each package has its source, as `paths` of a tsconfig. */
async function sourcePaths(root: string, packages: readonly string[]): Promise<Record<string, string[]>> {
  const paths: Record<string, string[]> = {};
  for (const directory of packages) {
    const manifest = JSON.parse(await readFile(join(root, directory, 'package.json'), 'utf8'));
    for (const [entry, target] of Object.entries<Record<string, string>>(manifest.exports ?? {})) {
      const source = target['@hashee/source'];
      if (source) paths[join(manifest.name, entry).replaceAll('\\', '/')] = [join(root, directory, source)];
    }
  }
  return paths;
}

/**
 * Type-checks examples as strictly as the packages themselves, each a module of its own.
 * @param packages directories of the packages that examples may import, from the root of the workspace
 * @returns what the compiler says: file, line of the README, message
 */
export async function typecheckExamples(
  root: string,
  packages: readonly string[],
  examples: readonly LocatedExample[],
): Promise<string[]> {
  const directory = join(root, 'node_modules', '.cache', 'hashee', 'readme-examples');
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const files = examples.map(({ readme }, i) => `${readme.replaceAll('/', '.')}.${i}.ts`);
  await Promise.all(
    examples.map(({ example: { code, line } }, i) =>
      writeFile(join(directory, files[i]), `${'\n'.repeat(line - 1)}${code}export {};\n`),
    ),
  );
  const config = {
    extends: join(root, 'tsconfig.base.json'),
    files,
    compilerOptions: {
      noEmit: true,
      declaration: false,
      declarationMap: false,
      isolatedDeclarations: false,
      noUnusedLocals: false,
      types: ['node'],
      paths: await sourcePaths(root, packages),
    },
  };
  await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(config));
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const said = await promisify(execFile)(process.execPath, [compiler, '--pretty', 'false', '-p', directory], {
    cwd: directory,
  }).catch((error: { stdout?: string }) => ({ stdout: error.stdout || String(error) }));
  return said.stdout.split('\n').filter((line) => line.trim() !== '');
}
