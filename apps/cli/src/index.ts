export type { OutputStream } from '@hashee/terminal';
export { ExitCode, exitCodeOf, INTERRUPTS, Interrupted, isAbort, OutputClosed } from '@hashee/terminal';
export type { BackendRequest, Context } from './context.js';
export * from './run-hashee.js';
