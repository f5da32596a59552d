import { HasheeError } from '@hashee/core';
import type { DataOptions } from '../data/data-options.js';
import type { RuntimeOptions } from '../model/runtime-options.js';
import { givenFlags } from './given-flags.js';

/**
 * Options of classifiers, which would do nothing with an encoder-decoder.
 * @param more those of the command alone
 * @throws HasheeError `INVALID_ARGUMENT`
 */
export function refuseClassifierOptions(
  { kind, textColumn, labelColumn, labels, runtime, engine }: DataOptions & Pick<RuntimeOptions, 'runtime' | 'engine'>,
  more: Readonly<Record<string, unknown>>,
): void {
  const flags = givenFlags({
    ...{ ...more, kind, textColumn, labelColumn, labels, engine },
    runtime: runtime === 'tfjs' ? runtime : undefined,
  });
  if (flags.length === 0) return;
  throw new HasheeError(
    'INVALID_ARGUMENT',
    `Encoder-decoders run on ONNX Runtime, and know sources and summaries alone: leave ${flags.join(', ')} out.${textColumn === undefined ? '' : ' The column of the sources is --source-column.'}`,
    { fields: { flags } },
  );
}
