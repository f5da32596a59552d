import {
  type Checkpoint,
  defineEncoderConfig,
  type ExitTable,
  encoderTensors,
  type HeadConfig,
  headTensors,
  MemoryWeights,
} from '@hashee/core';

/** With so large an ε, weights √ε, and values far below it, a LayerNorm changes nothing but the mean, which is 0 here. */
export const EPSILON = 0.25;
/** Of the values inside. */
export const SCALE: number = 2 ** -20;

export type Tensors = Readonly<Record<string, readonly number[]>>;

/** Numbers as a state: each one and its opposite, so that the mean is 0. */
export function stateOf(numbers: readonly number[]): number[] {
  return numbers.flatMap((number) => [SCALE * number, -SCALE * number]);
}

/** Rows of a matrix that read the numbers of a state. @param rows by number */
export function reading(...rows: readonly (readonly number[])[]): number[] {
  return rows.flatMap((row) => row.flatMap((weight) => [weight / (2 * SCALE), -weight / (2 * SCALE)]));
}

/** The numbers of states. */
export function numbersIn(states: ArrayLike<number>): number[] {
  return Array.from({ length: states.length / 2 }, (_, i) => (states[2 * i] - states[2 * i + 1]) / (2 * SCALE));
}

/** Tensors of the given shapes: as given, else LayerNorms that change nothing, and zeros. */
export function weightsOf(shapes: readonly [name: string, shape: number[]][], given: Tensors): MemoryWeights {
  return new MemoryWeights(
    shapes.map(([name, shape]) => {
      const data = new Float32Array(shape.reduce((product, n) => product * n, 1));
      if (/norm\.weight$/i.test(name)) data.fill(Math.sqrt(EPSILON));
      if (given[name]) data.set(given[name]);
      return [name, { shape, data }] as const;
    }),
  );
}

/**
 * An encoder of one head and width 2·k whose layers do nothing but what `tensors` make them do: states stay as they are.
 * @param words k numbers for each entry of the vocabulary
 */
export function plainModel(options: {
  readonly layers: number;
  readonly words: readonly (readonly number[])[];
  readonly headSize?: number;
  readonly heads?: readonly HeadConfig[];
  readonly exitLayer?: readonly number[];
  readonly tensors?: Tensors;
}): Checkpoint {
  const { layers, words, heads = [], exitLayer, tensors = {} } = options;
  const H = 2 * words[0].length;
  const config = defineEncoderConfig({
    ...{ vocabSize: words.length, hiddenSize: H, layers, headCount: 1, headSize: options.headSize ?? H },
    ...{ intermediateSize: 2, maxLength: 8, layerNormEpsilon: EPSILON },
  });
  const shapes = [...encoderTensors(config), ...heads.flatMap((head) => headTensors(head, H))];
  const table: ExitTable | undefined = exitLayer && {
    ...{ layers, exitLayer: Uint8Array.from(exitLayer), hash: { name: 'custom', parameters: {} } },
  };
  return {
    config,
    heads,
    weights: weightsOf(shapes, { 'embeddings.word': words.flatMap(stateOf), ...tensors }),
    ...(table ? { exitTable: table } : {}),
  };
}

/** Value and output matrices that hand on what is attended to. */
export function handingOn(prefix: string, width: number): Tensors {
  const identity = Array.from({ length: width * width }, (_, i) => Number(i % (width + 1) === 0));
  return { [`${prefix}.value.weight`]: identity, [`${prefix}.output.weight`]: identity };
}

/** A head without a dense layer. */
export function plainHead(name: string, task: HeadConfig['task'], layer: number, labels: number): HeadConfig {
  return {
    ...{ name, task, layer, dense: 'none', dropout: 0 },
    labels: Array.from({ length: labels }, (_, i) => `${i}`),
  };
}
