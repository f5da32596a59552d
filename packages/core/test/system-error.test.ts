import { describe, expect, test } from 'vitest';
import { HasheeError, systemError } from '../src/index.js';

const system = (code: string): Error => Object.assign(new Error(`${code}: as the system says it`), { code });

describe('systemError', () => {
  test.each([
    ['EROFS', 'write', 'IO', 'Cannot write a/b: the file system is read-only.'],
    ['ENOSPC', 'write', 'IO', 'Cannot write a/b: the disk is full.'],
    ['ENOENT', 'write', 'IO', 'Cannot write a/b: its folder does not exist.'],
    ['ENOENT', 'read', 'NOT_FOUND', 'There is no file a/b.'],
    ['EWHAT', 'read', 'IO', 'Cannot read a/b: EWHAT: as the system says it.'],
    ['constructor', 'read', 'IO', 'Cannot read a/b: constructor: as the system says it.'],
  ])('%s, to %s', (code, action, expected, message) => {
    const cause = system(code);
    const error = systemError(cause, action, 'a/b');
    expect(error).toMatchObject({ code: expected, message, cause, fields: { path: 'a/b', code, action } });
  });

  test('leaves an error of ours as it is', () => {
    const own = new HasheeError('ABORTED', 'Stopped.');
    expect(systemError(own, 'write', 'a/b')).toBe(own);
  });
});
