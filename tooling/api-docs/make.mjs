// `npm run docs`: the API reference of every published package, from the docstrings in the sources, into docs/api.
// Arguments: another folder to write into. Fails on any warning.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application } from 'typedoc';

const root = fileURLToPath(new URL('../..', import.meta.url));
const output = process.argv[2] ?? join(root, 'docs', 'api');

/** Sources of all entries of a package, by its `exports`. @param {string} directory */
function entriesOf(directory) {
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  return Object.values(manifest.exports ?? {}).flatMap((target) =>
    target['@hashee/source'] ? [join(directory, target['@hashee/source'])] : [],
  );
}

const entryPoints = readdirSync(join(root, 'packages'))
  .sort()
  .map((id) => join(root, 'packages', id))
  .filter((directory) => existsSync(join(directory, 'README.md')))
  .flatMap(entriesOf);

const application = await Application.bootstrap({
  name: 'Hashee',
  entryPoints,
  tsconfig: join(root, 'tooling', 'api-docs', 'tsconfig.sources.json'),
  readme: join(root, 'README.md'),
  out: output,
  basePath: join(root, 'packages'),
  displayBasePath: join(root, 'packages'),
  disableGit: true,
  sourceLinkTemplate: '{path}',
  excludePrivate: true,
  excludeInternal: true,
  skipErrorChecking: true,
  // Types that a package uses but doesn't export are part of no contract.
  validation: { notExported: false, invalidLink: true, invalidPath: false, rewrittenLink: true, notDocumented: false },
  githubPages: false,
  logLevel: 'Warn',
  treatWarningsAsErrors: true,
});
const project = await application.convert();
if (!project || application.logger.hasErrors() || application.logger.hasWarnings()) process.exit(1);
await application.generateOutputs(project);
if (application.logger.hasErrors() || application.logger.hasWarnings()) process.exit(1);
process.stdout.write(`${entryPoints.length} entries: ${relative(process.cwd(), join(output, 'index.html'))}\n`);
