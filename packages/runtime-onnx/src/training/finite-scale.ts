import { HasheeError } from '@hashee/core';

/** What a gradient is multiplied by before it is added. @throws HasheeError `INVALID_ARGUMENT` */
export function finiteScale({ scale = 1 }: { readonly scale?: number | undefined }): number {
  if (Number.isFinite(scale)) return scale;
  throw new HasheeError('INVALID_ARGUMENT', `accumulate(): scale must be finite, got ${scale}.`, { fields: { scale } });
}
