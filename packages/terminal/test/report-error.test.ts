import { Writable } from 'node:stream';
import { HasheeError } from '@hashee/core';
import { expect, test } from 'vitest';
import { Interrupted, OutputClosed, type ReportOptions, reportError } from '../src/index.js';

function report(error: unknown, signal: AbortSignal, options: ReportOptions = {}): { code: number; text: string } {
  let text = '';
  const stderr = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  return { code: reportError(error, { stderr, env: {}, signal }, options), text };
}

const aborted = new HasheeError('ABORTED', 'Training was stopped.');
const full = new HasheeError('IO', 'Cannot write the checkpoint: the disk is full.');
const shown = { code: 1, text: 'hashee: Cannot write the checkpoint: the disk is full. (IO)\n' };

test('an interrupted command says so, and answers as shells expect', () => {
  const signal = AbortSignal.abort(new Interrupted());
  expect(report(aborted, signal)).toEqual({ code: 130, text: 'Interrupted.\n' });
  expect(report(signal.reason, signal)).toEqual({ code: 130, text: 'Interrupted.\n' });
  expect(report(aborted, AbortSignal.abort(new Interrupted('SIGTERM')))).toMatchObject({ code: 143 });
});

test('what fails while it stops is not hidden by the interrupt', () => {
  expect(report(full, AbortSignal.abort(new Interrupted()))).toEqual(shown);
  expect(report(full, AbortSignal.abort(new OutputClosed()))).toEqual(shown);
  expect(report(full, new AbortController().signal)).toEqual(shown);
});

test('a closed pipe is no failure, a stdout that breaks is one', () => {
  expect(report(aborted, AbortSignal.abort(new OutputClosed()))).toEqual({ code: 0, text: '' });
  const broken = AbortSignal.abort(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }));
  const text = 'hashee: Cannot write standard output: the disk is full. (IO)\n';
  expect(report(aborted, broken)).toEqual({ code: 1, text });
  expect(report(broken.reason, broken)).toEqual({ code: 1, text });
});

test('a command says its name, and what its interrupt left', () => {
  const options = { command: 'hashee-compare', interrupted: 'Interrupted. The rest is kept.' };
  expect(report(full, new AbortController().signal, options).text).toMatch(/^hashee-compare: Cannot write/);
  const { text } = report(aborted, AbortSignal.abort(new Interrupted()), options);
  expect(text).toBe('Interrupted. The rest is kept.\n');
});
