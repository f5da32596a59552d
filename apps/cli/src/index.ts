export type { BackendRequest, Context, OutputStream } from './context.js';
export * from './exit-code.js';
export * from './run-hashee.js';
