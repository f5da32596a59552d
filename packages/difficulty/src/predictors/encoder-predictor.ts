import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { encoderOnly } from '@hashee/baselines';
import { type Encoder, HasheeError, type LabelledSequence, type LossTerm } from '@hashee/core';
import { type BatchTargets, type DevEvaluator, train } from '@hashee/train';
import { type BitSet, bitsOf, rowOffsets } from '../bits/bit-set.js';
import { bitsOfLogits } from '../bits/bits.js';
import { bitScores } from '../metrics/bit-scores.js';
import { askHeads } from '../model/ask-heads.js';
import type { TrainingContext } from '../model/train-exits.js';
import { bitHeads, bitName } from './bit-heads.js';
import type { BitPredictor } from './bit-predictor.js';

export interface EncoderPredictorOptions extends Omit<TrainingContext, 'seed' | 'directory' | 'signal' | 'onEvent'> {
  /** One head for all bits, or one on each layer ("LinearB" of the study). */
  readonly heads: 'one' | 'per-layer';
}

const TITLES = { one: 'Encoder, one head', 'per-layer': 'Encoder, a head on each layer' };

/**
 * The pretrained encoder, fine-tuned to predict bits: binary cross-entropy, mean over rows and layers. Rows are sequences, or
 * the tokens that carry bits; nothing else enters the loss. The best epoch on dev is kept.
 */
export function encoderPredictor({ heads: kind, model, backend, ...recipe }: EncoderPredictorOptions): BitPredictor {
  return {
    name: `encoder-${kind}`,
    title: TITLES[kind],
    async predict({ train: trainBits, dev, test, seed, directory, signal, onProgress }) {
      const { level, layers } = trainBits;
      if (kind === 'per-layer' && layers !== model.config.layers)
        throw new HasheeError(
          'INVALID_ARGUMENT',
          `A head on each layer predicts as many bits as the encoder has layers: it has ${model.config.layers}, the bits are ${layers}. Take one head for all.`,
          { fields: { layers, encoder: model.config.layers } },
        );
      const heads = bitHeads(model.config, kind, level, layers);
      const result = await train({
        ...recipe,
        backend,
        model: encoderOnly(model),
        heads,
        losses: heads.map(
          ({ name }): LossTerm => ({ head: name, kind: 'cross-entropy', target: name, weight: 1 / layers }),
        ),
        exitTable: null,
        trainSet: sequencesOf(trainBits),
        targets: bitTargets(trainBits),
        dev: bitsJudge(dev),
        head: bitName(1),
        seed,
        directory: join(directory, `encoder-${kind}`),
        signal,
        onEvent: (event) => {
          if (event.type === 'step') onProgress?.({ done: event.step, total: event.steps, loss: event.loss });
        },
      });
      const encoder = await backend.load(result.model, { exitTable: null, head: bitName(1) });
      try {
        return {
          dev: await bitLogits(encoder, dev, signal),
          test: await bitLogits(encoder, test, signal),
          history: result.history.map(({ score }) => score),
        };
      } finally {
        await encoder.dispose();
      }
    },
  };
}

/** A logit for each row and layer, `[rows, L]`. */
async function bitLogits(encoder: Encoder, set: BitSet, signal?: AbortSignal): Promise<Float32Array> {
  const L = set.layers;
  const offsets = rowOffsets(set);
  const logits = new Float32Array(offsets.at(-1)! * L);
  const names = Array.from({ length: L }, (_, index) => bitName(index + 1));
  await askHeads(
    encoder,
    set.examples,
    names,
    ({ name }, index, two) => {
      const l = names.indexOf(name);
      set.examples[index].positions.forEach((position, row) => {
        logits[(offsets[index] + row) * L + l] = two[2 * position + 1] - two[2 * position];
      });
    },
    signal,
  );
  return logits;
}

function bitsJudge(dev: BitSet): DevEvaluator {
  return {
    fingerprint: `bits ${digestOf(dev)}`,
    async evaluate(encoder, { signal }) {
      const { mean, wrongF1 } = bitScores(bitsOfLogits(await bitLogits(encoder, dev, signal), dev.layers), bitsOf(dev));
      return { metrics: { mean, wrongF1: wrongF1 ?? 0 }, score: mean };
    },
  };
}

/** Which tokens count; what they should be answered comes with each batch. */
function sequencesOf({ level, examples }: BitSet): LabelledSequence[] {
  return examples.map(({ inputIds, tokenTypeIds, positions }) => {
    if (level === 'sentence') return { inputIds, tokenTypeIds, label: 0 };
    const label = new Int32Array(inputIds.length).fill(-1);
    for (const position of positions) label[position] = 0;
    return { inputIds, tokenTypeIds, label };
  });
}

function bitTargets(set: BitSet): BatchTargets {
  const { level, layers, examples } = set;
  const names = Array.from({ length: layers }, (_, index) => bitName(index + 1));
  return {
    fingerprint: digestOf(set),
    names,
    of: ({ inputIds, offsets }, { indices }) =>
      Object.fromEntries(
        names.map((name, l) => {
          const target = new Int32Array(level === 'sentence' ? indices.length : inputIds.length).fill(-1);
          indices.forEach((index, b) => {
            const { positions, bits } = examples[index];
            positions.forEach((position, row) => {
              target[level === 'sentence' ? b : offsets[b] + position] = bits[row * layers + l];
            });
          });
          return [name, target];
        }),
      ),
  };
}

function digestOf({ level, layers, examples }: BitSet): string {
  const hash = createHash('sha256').update(JSON.stringify([level, layers, examples.length]));
  for (const { inputIds, positions, bits } of examples)
    hash.update(Int32Array.from(inputIds)).update(positions).update(bits);
  return hash.digest('hex');
}
