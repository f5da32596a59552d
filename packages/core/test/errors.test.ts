import { describe, expect, it, vi } from 'vitest';
import { HasheeError, throwIfAborted } from '../src/index.js';

describe('HasheeError', () => {
  it('carries code, message, fields and cause', () => {
    const cause = new TypeError('inner');
    const error = new HasheeError('IO', 'Reading failed.', { fields: { path: 'a' }, cause });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'HasheeError', code: 'IO', message: 'Reading failed.', fields: { path: 'a' } });
    expect(error.cause).toBe(cause);
    expect(String(error)).toBe('HasheeError: Reading failed.');
    expect(() => Object.assign(error.fields, { path: 'b' })).toThrow(TypeError);
  });

  it('has no cause unless one is given', () => {
    expect('cause' in new HasheeError('IO', 'x')).toBe(false);
    expect('cause' in new HasheeError('IO', 'x', { cause: undefined })).toBe(true);
  });

  it('is recognised, by code too, and others are not', () => {
    const error = new HasheeError('NOT_FOUND', 'x');
    expect(HasheeError.isInstance(error)).toBe(true);
    expect(HasheeError.isInstance(error, 'NOT_FOUND')).toBe(true);
    expect(HasheeError.isInstance(error, 'IO')).toBe(false);
    for (const other of [new Error('x'), { code: 'NOT_FOUND' }, null, undefined, 'NOT_FOUND', 7])
      expect(HasheeError.isInstance(other)).toBe(false);
  });

  it('is recognised across two copies of the package', async () => {
    vi.resetModules();
    const copy = await import('../src/errors.js');
    expect(copy.HasheeError).not.toBe(HasheeError);
    const error = new copy.HasheeError('RUNTIME', 'x');
    expect(error instanceof HasheeError).toBe(false);
    expect(HasheeError.isInstance(error, 'RUNTIME')).toBe(true);
    expect(copy.HasheeError.isInstance(new HasheeError('IO', 'x'), 'IO')).toBe(true);
  });

  it('keeps its marker out of what is printed and copied', () => {
    expect(Object.keys(new HasheeError('IO', 'x'))).not.toContain('hashee.error');
    expect(Object.getOwnPropertySymbols({ ...new HasheeError('IO', 'x') })).toEqual([]);
  });
});

describe('throwIfAborted', () => {
  it("passes the signal's reason on as cause", () => {
    const reason = new Error('Ctrl-C');
    try {
      throwIfAborted(AbortSignal.abort(reason), 'Training');
    } catch (error) {
      if (!HasheeError.isInstance(error, 'ABORTED')) throw error;
      expect(error.message).toBe('Training was aborted.');
      expect(error.cause).toBe(reason);
      return;
    }
    throw new Error('did not throw');
  });

  it('does nothing without a signal or before it is aborted', () => {
    throwIfAborted(undefined, 'Training');
    throwIfAborted(new AbortController().signal, 'Training');
  });
});
