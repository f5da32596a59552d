import { type ExitTable, HasheeError, type TokenBatch } from '@hashee/core';
import type { AttentionPreference } from '../encoder/choose-shape.js';

/** First is the default. */
export const EXPORT_DTYPES = ['fp32', 'q8'] as const;
export type ExportDtype = (typeof EXPORT_DTYPES)[number];

/** First is the default. */
export const EXPORT_TARGETS = ['standard', 'onnxruntime'] as const;
export type ExportTarget = (typeof EXPORT_TARGETS)[number];

/** LayerNormalization came with 17; newer versions than the last say the same for every operator that is used. */
export const EXPORT_OPSETS: { readonly first: number; readonly last: number; readonly default: number } = {
  first: 17,
  last: 23,
  default: 17,
};

export interface ExportOptions {
  /** `q8`: products in 8-bit integers with activations quantised while running, word embeddings in 8 bits. @default 'fp32' */
  readonly dtype?: ExportDtype | undefined;
  /** `standard`: operators of ONNX alone. `onnxruntime`: ONNX Runtime's own where they pay; nothing else runs them. @default 'standard' */
  readonly target?: ExportTarget | undefined;
  /** Version of ONNX's operators, 17 to 23. @default 17 */
  readonly opset?: number | undefined;
  /** The head that answers. @default 'main' */
  readonly head?: string | undefined;
  /** Replaces the checkpoint's table; `null` runs every token through all layers. @default the checkpoint's */
  readonly exitTable?: ExitTable | null | undefined;
  /** Texts by which the way of computing each layer is chosen; results don't depend on it. @default text as Zipf's law has it */
  readonly sample?: TokenBatch | undefined;
  /**
   * How keys and values of layers with frozen tokens are obtained; results don't depend on it. `q8` projects in any case.
   * @default 'auto', the cheaper one for each layer
   */
  readonly attention?: AttentionPreference | undefined;
  /**
   * 7 bits for weights of q8, so that processors without VNNI (x86 before 2019, or so) don't overflow their 16-bit sums. A file
   * for known machines is a little more exact without. @default true
   */
  readonly reduceRange?: boolean | undefined;
  /** Weights of more bytes than this go to a file of their own beside the model. @default 1e9 */
  readonly inlineLimit?: number | undefined;
  /** Name of that file. Models of the same weights, dtype and attention `projected` may share one. @default the model's with `_data` behind it, as transformers.js looks for it */
  readonly dataFile?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((event: ExportProgress) => void) | undefined;
}

/** Bytes of weights written so far. */
export interface ExportProgress {
  readonly done: number;
  readonly total: number;
}

/** ONNX files end at 2 GiB, and writing one takes several times its size in memory. */
const INLINE_LIMIT = 1e9;

export interface ResolvedOptions {
  readonly dtype: ExportDtype;
  readonly target: ExportTarget;
  readonly opset: number;
  readonly reduceRange: boolean;
  readonly inlineLimit: number;
}

function oneOf<T>(name: string, value: T | undefined, choices: readonly T[]): T {
  if (value === undefined) return choices[0];
  if (choices.includes(value)) return value;
  throw new HasheeError(
    'INVALID_ARGUMENT',
    `exportOnnx(): ${name} must be ${choices.join(' or ')}, got ${JSON.stringify(value)}.`,
    { fields: { [name]: value, choices } },
  );
}

/** @throws HasheeError `INVALID_ARGUMENT` */
export function resolveOptions(options: ExportOptions): ResolvedOptions {
  const { opset = EXPORT_OPSETS.default, inlineLimit = INLINE_LIMIT, reduceRange = true, dataFile } = options;
  const { first, last } = EXPORT_OPSETS;
  if (!Number.isInteger(opset) || opset < first || opset > last)
    throw new HasheeError('INVALID_ARGUMENT', `exportOnnx(): opset must be from ${first} to ${last}, got ${opset}.`, {
      fields: { opset, first, last },
    });
  if (!(inlineLimit >= 0 && inlineLimit <= INLINE_LIMIT))
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `exportOnnx(): inlineLimit must be from 0 to ${INLINE_LIMIT} bytes, got ${inlineLimit}.`,
      { fields: { inlineLimit } },
    );
  if (dataFile !== undefined && !/^[\w.-]+$/.test(dataFile))
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `exportOnnx(): dataFile must be a plain file name, got ${JSON.stringify(dataFile)}.`,
      { fields: { dataFile } },
    );
  return {
    dtype: oneOf('dtype', options.dtype, EXPORT_DTYPES),
    target: oneOf('target', options.target, EXPORT_TARGETS),
    opset,
    reduceRange,
    inlineLimit,
  };
}
