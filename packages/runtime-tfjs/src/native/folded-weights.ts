import type { EncoderConfig } from '@hashee/core';
import type { Engine } from '../engine/engine.js';
import type { Tensor } from '../engine/tensorflow.js';
import type { StoredParameters } from '../inference/stored-parameters.js';

/** Weights of a layer with everything multiplied in that doesn't depend on the tokens. Matrices are `[inputs, outputs]`. */
export interface FoldedLayer {
  /** A, of this set of weights. */
  readonly heads: number;
  /** Times 1/√D, so that scores needn't be. */
  readonly query: { readonly weight: Tensor; readonly bias: Tensor };
  /** Without biases: the key's shifts all scores of a query alike; the value's is in the output's. */
  readonly key: Tensor;
  readonly value: Tensor;
  /** `[A, D, H]`, the key matrix of each head transposed. */
  readonly keyHeads: Tensor;
  /** `[A, H, D]` */
  readonly valueHeads: Tensor;
  readonly output: { readonly weight: Tensor; readonly bias: Tensor };
  /** For GELU: `up` times √½ and `down` times √½, with `t + t·erf(t)` between them. */
  readonly up: { readonly weight: Tensor; readonly bias: Tensor };
  readonly down: { readonly weight: Tensor; readonly bias: Tensor };
}

/** The folded weights of all layers, made when a layer is first computed; they take the place of those they come from. */
export class FoldedWeights {
  readonly #sets = new Map<string, FoldedLayer>();

  constructor(
    readonly engine: Engine,
    readonly config: EncoderConfig,
    readonly parameters: StoredParameters,
  ) {}

  layer(layer: number): FoldedLayer {
    const { config } = this;
    const set = `layers.${config.layerWeights[layer - 1]}`;
    let folded = this.#sets.get(set);
    if (!folded) {
      folded = this.#fold(set, config.heads[layer - 1]);
      this.#sets.set(set, folded);
    }
    return folded;
  }

  #fold(set: string, A: number): FoldedLayer {
    const { engine, parameters, config } = this;
    const { tf } = engine;
    const { hiddenSize: H, headSize: D } = config;
    const stored = (name: string): Tensor => parameters.stored(`${set}.${name}`);
    const [key, value] = [stored('key.weight'), stored('value.weight')]; // [H, A·D]
    const half = config.activation === 'gelu' ? Math.SQRT1_2 : 1;
    const names = ['query.weight', 'query.bias', 'output.bias', 'up.weight', 'up.bias', 'down.weight'] as const;
    const made = engine.run(() => [
      tf.mul(stored('query.weight'), 1 / Math.sqrt(D)),
      tf.mul(stored('query.bias'), 1 / Math.sqrt(D)),
      tf.add(
        stored('output.bias'),
        tf.reshape(tf.matMul(tf.reshape(stored('value.bias'), [1, A * D]), stored('output.weight')), [H]),
      ),
      tf.mul(stored('up.weight'), half),
      tf.mul(stored('up.bias'), half),
      tf.mul(stored('down.weight'), half),
      tf.reshape(tf.transpose(key), [A, D, H]),
      tf.transpose(tf.reshape(value, [H, A, D]), [1, 0, 2]),
    ]);
    for (const [index, name] of names.entries()) parameters.replace(`${set}.${name}`, made[index]);
    const [keyHeads, valueHeads] = made.slice(names.length);
    parameters.replace(`${set}.keyHeads`, keyHeads);
    parameters.replace(`${set}.valueHeads`, valueHeads);
    const linear = (name: string): { weight: Tensor; bias: Tensor } => ({
      weight: stored(`${name}.weight`),
      bias: stored(`${name}.bias`),
    });
    return {
      ...{ heads: A, query: linear('query'), key, value, keyHeads, valueHeads },
      ...{ output: linear('output'), up: linear('up'), down: linear('down') },
    };
  }
}
