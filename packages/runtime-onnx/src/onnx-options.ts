import { HasheeError } from '@hashee/core';
import type { AttentionPreference } from './encoder/choose-shape.js';
import type { OrtModule } from './session/ort.js';

/** The first is the default. `q8`: linear maps with 8-bit weights, inputs quantised while running; faster, not exact. */
export const DTYPES: readonly string[] = ['fp32', 'q8'];

export interface OnnxOptions {
  /** Only `cpu` so far. @default 'cpu' */
  readonly device?: 'cpu' | undefined;
  /** Threads inside one operator. For throughput use one thread a process, for the least latency all cores. @default ONNX Runtime's own choice, one a core */
  readonly threads?: number | undefined;
  /** How keys and values of layers with frozen tokens are obtained; the results are equal to rounding. @default 'auto', the cheaper one for each layer and batch */
  readonly attention?: AttentionPreference | undefined;
  /**
   * Keeps 8-bit weights of dtype `q8` within 7 bits, for processors that add pairs of products in 16 bits; costs a little
   * accuracy. @default where the processor isn't known to add them in 32 bits
   */
  readonly reduceRange?: boolean | undefined;
  /**
   * Which queries the last layer computes: those that the head reads, or all active ones, as runtimes do that don't know the head.
   * The answers are the same. @default 'read'
   */
  readonly lastLayer?: 'read' | 'all' | undefined;
  /**
   * Keeps layer 1's queries, keys and values of the words seen so far, in up to 64 MB of memory, so that batches of 128 tokens and more
   * don't project them again; dtype `fp32` only. The results are equal to rounding. @default true
   */
  readonly cacheProjections?: boolean | undefined;
  /** An onnxruntime module to use instead of importing `onnxruntime-node`. */
  readonly ort?: OrtModule | undefined;
}

/**
 * Checks what comes from callers without types.
 * @param factory named in messages
 * @throws HasheeError `INVALID_ARGUMENT`, `UNSUPPORTED`
 */
export function validateOptions(options: OnnxOptions, factory: string): void {
  const { threads, device, attention, reduceRange, lastLayer, cacheProjections } = options;
  if (lastLayer !== undefined && lastLayer !== 'read' && lastLayer !== 'all')
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `${factory}(): lastLayer must be read or all, got ${JSON.stringify(lastLayer)}.`,
      { fields: { lastLayer } },
    );
  for (const [name, value] of Object.entries({ reduceRange, cacheProjections }))
    if (value !== undefined && typeof value !== 'boolean')
      throw new HasheeError(
        'INVALID_ARGUMENT',
        `${factory}(): ${name} must be true or false, got ${JSON.stringify(value)}.`,
        { fields: { [name]: value } },
      );
  if (threads !== undefined && (!Number.isInteger(threads) || threads < 1 || threads > 1024))
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `${factory}(): threads must be an integer from 1 to 1024, got ${threads}.`,
      {
        fields: { threads },
      },
    );
  if (device !== undefined && device !== 'cpu')
    throw new HasheeError('UNSUPPORTED', `${factory}(): device must be "cpu", got ${JSON.stringify(device)}.`, {
      fields: { device },
    });
  if (attention !== undefined && !['auto', 'projected', 'absorbed'].includes(attention))
    throw new HasheeError(
      'INVALID_ARGUMENT',
      `${factory}(): attention must be auto, projected or absorbed, got ${JSON.stringify(attention)}.`,
      { fields: { attention } },
    );
}

/** @throws HasheeError `UNSUPPORTED` for a dtype that isn't one of the runtime's */
export function resolveDtype(dtype: string = DTYPES[0]): string {
  if (!DTYPES.includes(dtype))
    throw new HasheeError(
      'UNSUPPORTED',
      `The onnx runtime has the dtypes ${DTYPES.join(' and ')}, got ${JSON.stringify(dtype)}.`,
      { fields: { dtype, supported: DTYPES } },
    );
  return dtype;
}
