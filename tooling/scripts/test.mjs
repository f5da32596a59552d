// `npm test`: sets up what is missing, then build, typecheck, lint, package checks and every test.
// Ends with the line `N passed, N failed`; a step counts as one, a test as one.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as workspace from './workspace.mjs';

const total = { passed: 0, failed: 0, skipped: 0 };

/** @param {unknown} error */
const reasonOf = (error) =>
  error instanceof workspace.SetupFailure ? error.message : error instanceof Error ? `${error.stack}` : String(error);

/**
 * @param {string} what
 * @param {() => Promise<string | undefined>} work answers with the reason of a failure
 */
async function step(what, work) {
  const started = performance.now();
  process.stdout.write(`${what} ... `);
  const reason = await work().catch(reasonOf);
  const seconds = `${((performance.now() - started) / 1000).toFixed(1)} s`;
  process.stdout.write(reason === undefined ? `ok, ${seconds}\n` : `FAILED, ${seconds}\n\n${reason.trimEnd()}\n\n`);
  if (reason === undefined) total.passed++;
  else total.failed++;
  return reason === undefined;
}

/**
 * @param {string} what
 * @param {string} program
 * @param {readonly string[]} parameters
 */
function tool(what, program, parameters) {
  return step(what, async () => {
    const { code, output } = await workspace.run(program, parameters, { env: await workspace.toolEnvironment() });
    return code === 0 ? undefined : output;
  });
}

/** @param {readonly string[]} tasks */
const turbo = (...tasks) => [
  'run',
  ...tasks,
  '--continue=dependencies-successful',
  '--concurrency=2',
  '--output-logs=errors-only',
];

async function tests() {
  const report = join(workspace.cacheDirectory, 'tests.json');
  mkdirSync(workspace.cacheDirectory, { recursive: true });
  rmSync(report, { force: true });
  process.stdout.write('tests:\n');
  const { code, output } = await workspace.run(
    'vitest',
    ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    { env: await workspace.toolEnvironment(), show: true },
  );
  let failed = 0;
  if (existsSync(report)) {
    const results = JSON.parse(readFileSync(report, 'utf8'));
    total.passed += results.numPassedTests;
    total.skipped += results.numPendingTests + results.numTodoTests;
    failed = results.numFailedTests;
    // A file that broke before its first test is in no other count.
    for (const file of results.testResults)
      if (
        file.status === 'failed' &&
        !file.assertionResults.some((/** @type {{ status: string }} */ t) => t.status === 'failed')
      )
        failed++;
  } else process.stdout.write(`vitest ended with code ${code} and without a report. ${output}`);
  total.failed += code !== 0 && failed === 0 ? 1 : failed;
}

workspace.refuseOldNode();
const ready = await step('install', async () => {
  if (!workspace.isInstalled()) await workspace.install();
  return undefined;
});
if (ready) {
  await tool('build', 'turbo', turbo('build'));
  await tool('typecheck', 'turbo', turbo('typecheck', 'typecheck:workspace'));
  await tool('lint', 'biome', ['ci', '--error-on-warnings', `--colors=${process.stdout.isTTY ? 'force' : 'off'}`, '.']);
  await tool('package checks', 'turbo', turbo('check:package'));
  await tests().catch((error) => {
    total.failed++;
    process.stdout.write(`FAILED\n\n${reasonOf(error).trimEnd()}\n\n`);
  });
}

const { passed, failed, skipped } = total;
process.stdout.write(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
process.exitCode = failed === 0 ? 0 : 1;
