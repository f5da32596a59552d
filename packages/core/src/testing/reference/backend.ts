import { throwIfAborted } from '../../abort.js';
import type { Backend } from '../../backend.js';
import type { Checkpoint } from '../../checkpoint.js';
import { validateEncoderConfig } from '../../config.js';
import { HasheeError } from '../../errors.js';
import { assertTableFits } from '../../exit-table.js';
import { assertHeadAttention, assertSharedHeads } from '../../head.js';
import { encoderTensors, headTensors } from '../../weight-names.js';
import { ReferenceEncoder } from './encoder.js';

/** Every tensor that the config asks for, in its shape. @throws HasheeError `INVALID_CHECKPOINT` */
function assertWeightsFit({ config, heads, weights }: Checkpoint): void {
  const present = new Set(weights.names());
  for (const [name, shape] of [
    ...encoderTensors(config),
    ...heads.flatMap((head) => headTensors(head, config.hiddenSize)),
  ]) {
    const actual = present.has(name) ? weights.shape(name) : undefined;
    if (actual?.join() !== shape.join())
      throw new HasheeError(
        'INVALID_CHECKPOINT',
        `Tensor "${name}": expected [${shape.join(', ')}], got ${actual ? `[${actual.join(', ')}]` : 'none'}.`,
        { fields: { name, expected: shape, actual } },
      );
  }
}

/**
 * A backend for tests of code that takes one: float64 arithmetic by the plainest code there is, no native library, the
 * whole contract but training. Made for models of `tinyCheckpoint()`; a real model would take minutes a sentence.
 */
export function referenceBackend(): Backend {
  return {
    specificationVersion: 'v1',
    name: 'reference',
    capabilities: { training: false, passes: true, dtypes: ['fp64'], devices: ['cpu'] },
    async load(checkpoint, options = {}) {
      const { dtype = 'fp64', head: wanted, signal, onProgress } = options;
      throwIfAborted(signal, 'Loading the model');
      if (dtype !== 'fp64')
        throw new HasheeError('UNSUPPORTED', `The reference has dtype fp64 only, got "${dtype}".`, {
          fields: { dtype },
        });
      validateEncoderConfig(checkpoint.config);
      for (const head of checkpoint.heads) assertHeadAttention(head);
      assertSharedHeads(checkpoint.heads);
      const exitTable = options.exitTable === undefined ? checkpoint.exitTable : (options.exitTable ?? undefined);
      if (exitTable) assertTableFits(exitTable, checkpoint.config);
      const head = checkpoint.heads.find(({ name }) => name === (wanted ?? 'main'));
      if (wanted !== undefined && !head)
        throw new HasheeError('NOT_FOUND', `The model has no head "${wanted}".`, { fields: { head: wanted } });
      if (head?.attention)
        throw new HasheeError(
          'INVALID_CONFIG',
          `Head "${head.name}" attends over all tokens; it answers in passes only.`,
        );
      assertWeightsFit(checkpoint);
      onProgress?.({ status: 'ready' });
      return new ReferenceEncoder(checkpoint, head, exitTable);
    },
  };
}
