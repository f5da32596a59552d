import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { promisify } from 'node:util';
import type { GuideBlock } from './guide.js';
import { nodeOptions } from './guide-folder.js';

const programs: readonly string[] = ['ts', 'js'];

async function run(
  program: string,
  parameters: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  return promisify(execFile)(program, parameters, { cwd, env, maxBuffer: 1 << 24 }).then(
    ({ stdout }) => stdout,
    (error: { stdout?: string; stderr?: string; message: string }) => {
      throw new Error(`${error.stdout ?? ''}${error.stderr ?? ''}` || error.message);
    },
  );
}

/** `…` in an expected line stands for any text. */
const agrees = (printed: string, expected: string): boolean =>
  new RegExp(
    `^${expected
      .split('…')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  ).test(printed);

/**
 * Does what a block says: commands are run by the shell, files are written, programs are run too and what they print is compared.
 * @throws Error that says what went wrong; also for a block that is none of these
 */
export async function runGuideBlock(block: GuideBlock, folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const { language, file, code, prints } = block;
  if (language === 'sh') {
    await run('bash', ['-euo', 'pipefail', '-c', code], folder, env);
    return;
  }
  if (file === undefined)
    throw new Error(
      `a block of ${language || 'no language'} is neither commands (sh) nor a file: name it after the language`,
    );
  if (normalize(file).startsWith('..')) throw new Error(`${file} is outside the folder`);
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), code);
  if (!programs.includes(language)) return;
  const printed = (await run(process.execPath, [...nodeOptions, file], folder, env)).split('\n').slice(0, -1);
  if (printed.length !== prints.length || !printed.every((line, i) => agrees(line, prints[i])))
    throw new Error(`it printed ${JSON.stringify(printed)}, not ${JSON.stringify(prints)}`);
}
