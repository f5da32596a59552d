import {
  type Checkpoint,
  type Encoder,
  HasheeError,
  type HeadConfig,
  MemoryWeights,
  Random,
  type StepResult,
  type Targets,
  type TokenBatch,
  type Trainer,
  type TrainerState,
  type TrainingSpec,
  validateBatch,
  type WeightSource,
} from '@hashee/core';
import { bagOfWordsEncoder } from './encoder.js';
import { lossOf } from './loss.js';
import { biasOf, classify, features, type Parameters, rowsOf, WORDS, weightOf } from './model.js';

const zeros = (like: Parameters): Parameters =>
  new Map([...like].map(([name, { shape, data }]) => [name, { shape, data: new Float32Array(data.length) }]));

/** Gradients by hand, AdamW, dropout that depends on the seed, the update and the batch within it. */
export class BagOfWordsTrainer implements Trainer {
  readonly heads: readonly HeadConfig[];
  step = 0;
  readonly #checkpoint: Checkpoint;
  readonly #spec: TrainingSpec;
  readonly #parameters: Parameters;
  readonly #gradients: Parameters;
  readonly #first: Parameters;
  readonly #second: Parameters;
  #batches = 0;

  constructor(checkpoint: Checkpoint, parameters: Parameters, spec: TrainingSpec) {
    this.heads = checkpoint.heads;
    this.#checkpoint = checkpoint;
    this.#spec = spec;
    this.#parameters = parameters;
    this.#gradients = zeros(parameters);
    this.#first = zeros(parameters);
    this.#second = zeros(parameters);
  }

  async accumulate(batch: TokenBatch, targets: Targets, options: { scale?: number } = {}): Promise<StepResult> {
    const { config } = this.#checkpoint;
    validateBatch(batch, config);
    const [head] = this.heads;
    const H = config.hiddenSize;
    const C = head.labels.length;
    const rows = rowsOf(batch, head.task);
    const keep = this.#dropoutMask(batch.inputIds.length * H);
    const mean = features(batch, rows, this.#data(WORDS), H, keep);
    const logits = classify(mean, H, head, this.#parameters);

    const gradient = new Float64Array(logits.length);
    const terms = this.#spec.losses.map((term) => {
      const { loss, gradient: own } = lossOf(term, logits, C, targets[term.target ?? 'labels']);
      for (let i = 0; i < own.length; i++) gradient[i] += own[i] * (term.weight ?? 1) * (options.scale ?? 1);
      return loss;
    });

    const weight = this.#data(weightOf(head));
    const [ofWords, ofWeight, ofBias] = [WORDS, weightOf(head), biasOf(head)].map(
      (name) => this.#gradients.get(name)!.data,
    );
    rows.forEach(({ from, to }, row) => {
      for (let c = 0; c < C; c++) {
        const g = gradient[row * C + c];
        ofBias[c] += g;
        for (let h = 0; h < H; h++) {
          ofWeight[c * H + h] += g * mean[row * H + h];
          for (let t = from; t < to; t++)
            ofWords[batch.inputIds[t] * H + h] += (g * weight[c * H + h] * keep[t * H + h]) / (to - from);
        }
      }
    });
    this.#batches++;
    const loss = terms.reduce((sum, term, i) => sum + (this.#spec.losses[i].weight ?? 1) * term, 0);
    return { loss, terms };
  }

  async update({ learningRate }: { learningRate: number }): Promise<{ gradientNorm: number }> {
    const {
      beta1 = 0.9,
      beta2 = 0.999,
      epsilon = 1e-8,
      weightDecay = 0.01,
      maxGradientNorm = 1,
    } = this.#spec.optimizer ?? {};
    let squares = 0;
    for (const { data } of this.#gradients.values()) for (const g of data) squares += g * g;
    const gradientNorm = Math.sqrt(squares);
    const clip = maxGradientNorm > 0 ? Math.min(1, maxGradientNorm / (gradientNorm + 1e-6)) : 1;
    this.step++;
    this.#batches = 0;
    const [rest1, rest2] = [1 - beta1 ** this.step, 1 - beta2 ** this.step];
    for (const [name, { data }] of this.#parameters) {
      const [g, m, v] = [this.#gradients, this.#first, this.#second].map((tensors) => tensors.get(name)!.data);
      const decay = name.endsWith('bias') ? 0 : weightDecay;
      for (let i = 0; i < data.length; i++) {
        const clipped = clip * g[i];
        m[i] = beta1 * m[i] + (1 - beta1) * clipped;
        v[i] = beta2 * v[i] + (1 - beta2) * clipped * clipped;
        data[i] -= learningRate * (m[i] / rest1 / (Math.sqrt(v[i] / rest2) + epsilon) + decay * data[i]);
      }
      g.fill(0);
    }
    return { gradientNorm };
  }

  gradient(name: string): Float32Array {
    return this.#gradients.get(name)!.data.slice();
  }

  async encoder(): Promise<Encoder> {
    return bagOfWordsEncoder(this.#checkpoint, this.#parameters);
  }

  weights(): WeightSource {
    return new MemoryWeights(this.#parameters);
  }

  state(): TrainerState {
    const sets = { weights: this.#parameters, m: this.#first, v: this.#second };
    const named = Object.entries(sets).flatMap(([set, tensors]) =>
      [...tensors].map(([name, tensor]) => [`${set}/${name}`, tensor] as const),
    );
    return { step: this.step, tensors: new Map(named) };
  }

  async restore({ step, tensors }: TrainerState): Promise<void> {
    for (const [name, { data }] of this.state().tensors) {
      const stored = tensors.get(name)?.data;
      if (stored?.length !== data.length)
        throw new HasheeError('INVALID_CHECKPOINT', `The state has no sound tensor "${name}".`, { fields: { name } });
      data.set(stored);
    }
    this.step = step;
  }

  async dispose(): Promise<void> {}

  #data(name: string): Float32Array {
    return this.#parameters.get(name)!.data;
  }

  #dropoutMask(size: number): Float32Array {
    const p = this.#spec.dropout ?? 0.1;
    if (p === 0) return new Float32Array(size).fill(1);
    const random = Random.stream(this.#spec.seed, this.step, this.#batches);
    return Float32Array.from({ length: size }, () => (random.uniform() < p ? 0 : 1 / (1 - p)));
  }
}
