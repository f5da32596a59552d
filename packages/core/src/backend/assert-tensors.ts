import type { EncoderConfig } from '../config.js';
import { HasheeError } from '../errors.js';
import type { HeadConfig } from '../head.js';
import { encoderTensors, headTensors } from '../weight-names.js';
import type { WeightSource } from '../weights.js';

/** @throws HasheeError `INVALID_CHECKPOINT` with the tensor that is missing or has another shape */
export function assertTensors(
  wanted: readonly (readonly [name: string, shape: readonly number[]])[],
  weights: WeightSource,
): void {
  const present = new Set(weights.names());
  for (const [name, shape] of wanted) {
    if (!present.has(name))
      throw new HasheeError('INVALID_CHECKPOINT', `The checkpoint lacks the tensor "${name}" [${shape.join(', ')}].`, {
        fields: { name, expected: shape },
      });
    const actual = weights.shape(name);
    if (actual.length !== shape.length || actual.some((size, axis) => size !== shape[axis]))
      throw new HasheeError(
        'INVALID_CHECKPOINT',
        `Tensor "${name}" has shape [${actual.join(', ')}], the config asks for [${shape.join(', ')}].`,
        { fields: { name, expected: shape, actual } },
      );
  }
}

/**
 * Names of all tensors that inference needs, after checking that each is there in the right shape.
 * @throws HasheeError `INVALID_CHECKPOINT`
 */
export function requiredTensors(config: EncoderConfig, heads: readonly HeadConfig[], weights: WeightSource): string[] {
  const wanted = [...encoderTensors(config), ...heads.flatMap((head) => headTensors(head, config.hiddenSize))];
  assertTensors(wanted, weights);
  return wanted.map(([name]) => name);
}
