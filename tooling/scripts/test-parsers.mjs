// `npm run test:parsers`: the property tests of every parser with FAST_CHECK_RUNS cases each, 10,000 unless it is set.
// Ends with the line `N passed, N failed`.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import * as workspace from './workspace.mjs';

/** Test files that take their number of cases from parser-cases.ts. */
const files = workspace.packageDirectories().flatMap((directory) => {
  const folder = join(directory, 'test');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(folder, name))
    .filter((path) => /import \{[^}]*\bpropertyRuns\b[^}]*\}/.test(readFileSync(path, 'utf8')))
    .map((path) => relative(workspace.root, path));
});

workspace.refuseOldNode();
if (!workspace.isInstalled()) await workspace.install();
const folder = mkdtempSync(join(tmpdir(), 'hashee-parsers-'));
const report = join(folder, 'tests.json');
try {
  const env = { FAST_CHECK_RUNS: '10000', ...(await workspace.toolEnvironment()) };
  process.stdout.write(`${env.FAST_CHECK_RUNS} cases each in ${files.length} files\n`);
  const parameters = ['--reporter=verbose', '--reporter=json', `--outputFile.json=${report}`, '--testTimeout=3600000'];
  const { code } = await workspace.run('vitest', ['run', ...parameters, ...files], { env, show: true });
  const results = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : {};
  const failed = results.numFailedTests ?? 0;
  process.stdout.write(`\n${results.numPassedTests ?? 0} passed, ${code !== 0 && failed === 0 ? 1 : failed} failed\n`);
  process.exitCode = code === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
