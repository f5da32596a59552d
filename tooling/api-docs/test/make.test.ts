import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'hashee-api-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the reference is made without a warning, and has what is exported', { timeout: 300_000 }, async () => {
  const said = await promisify(execFile)(process.execPath, ['make.mjs', folder]).catch(
    ({ stdout, stderr }: { stdout: string; stderr: string }) => ({ stdout: `${stdout}${stderr}`, stderr }),
  );
  expect(said.stdout).toMatch(/^\d+ entries: \S+index\.html\n$/);
  for (const page of ['functions/train_src.train.html', 'classes/core_src.HasheeError.html'])
    expect(existsSync(join(folder, page)), page).toBe(true);
  expect(readFileSync(join(folder, 'functions/train_src.train.html'), 'utf8')).toContain('TrainOptions');
});
