/** Stable, machine-readable reasons. New ones may be added; existing ones keep their meaning. */
export type HasheeErrorCode =
  /** The caller's signal was aborted; `cause` is the signal's reason. */
  | 'ABORTED'
  /** An encoder, pass or trainer was used after `dispose()`. */
  | 'DISPOSED'
  /** An option or argument is outside what the function accepts. */
  | 'INVALID_ARGUMENT'
  /** A token batch breaks its own rules (offsets, ids out of range, sequence too long). */
  | 'INVALID_BATCH'
  /** config.json or hashee.json can't be understood. */
  | 'INVALID_CONFIG'
  /** A weights file is damaged, hostile or doesn't fit its config. */
  | 'INVALID_CHECKPOINT'
  /** tokenizer.json can't be understood. */
  | 'INVALID_TOKENIZER'
  /** An exit table breaks its own rules. */
  | 'INVALID_TABLE'
  /** A sound exit table that belongs to another model or tokenizer. */
  | 'TABLE_MISMATCH'
  /** A data file (TSV, CSV, JSONL) can't be understood; fields name file, line and column. */
  | 'INVALID_DATA'
  /** An optional package isn't installed; the message names it and the command that installs it. */
  | 'MISSING_DEPENDENCY'
  /** A file, folder, model or tensor doesn't exist. */
  | 'NOT_FOUND'
  /** Understood, but not something this part can do. */
  | 'UNSUPPORTED'
  /** Reading, writing or downloading failed; `cause` is the system's error. */
  | 'IO'
  /** The native runtime refused or failed; `cause` is its error. */
  | 'RUNTIME'
  /** A runtime broke the contract; only the conformance suite of `@hashee/core/testing` says so. */
  | 'NOT_CONFORMING';

const MARKER = Symbol.for('hashee.error');

/**
 * The one error class of all packages. The message says what was expected, what came and what to change;
 * the values are also in `fields`.
 */
export class HasheeError extends Error {
  readonly code: HasheeErrorCode;
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(
    code: HasheeErrorCode,
    message: string,
    options: { readonly fields?: Record<string, unknown>; readonly cause?: unknown } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'HasheeError';
    this.code = code;
    this.fields = Object.freeze({ ...options.fields });
    Object.defineProperty(this, MARKER, { value: true });
  }

  /** True for errors of this class, also when two copies of the package are installed. */
  static isInstance(value: unknown, code?: HasheeErrorCode): value is HasheeError {
    if (typeof value !== 'object' || value === null || !(MARKER in value)) return false;
    return code === undefined || (value as unknown as HasheeError).code === code;
  }
}
