import {
  type AccumulateOptions,
  type Activation,
  assertTableFits,
  type Backend,
  type Checkpoint,
  type Encoder,
  exitLayersOf,
  HasheeError,
  type HeadConfig,
  headTensors,
  headWidth,
  type LossTerm,
  MemoryWeights,
  ownerOf,
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
import { ReferenceAdamW, type ReferenceAnswers, referenceBackend, termLoss } from '@hashee/core/testing';
import { activate, erf, softmax } from '../../src/testing/reference/math.js';
import { Tape, Value } from './tape.js';

const SLOPES: Readonly<Record<Activation | 'tanh', (x: number) => number>> = {
  relu: (x) => (x > 0 ? 1 : 0),
  tanh: (x) => 1 - Math.tanh(x) ** 2,
  gelu: (x) => 0.5 * (1 + erf(x / Math.SQRT2)) + (x * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI),
  gelu_tanh: (x) => {
    const c = Math.sqrt(2 / Math.PI);
    const t = Math.tanh(c * (x + 0.044715 * x ** 3));
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * c * (1 + 3 * 0.044715 * x * x);
  },
};

type Tensors = Map<string, { shape: readonly number[]; data: Float32Array }>;

/**
 * Core's Trainer on a float64 tape: slow, and only there so that the conformance suite is itself tested against a trainer
 * that is right, and against ones that are wrong in a known way.
 */
export class TapeTrainer implements Trainer {
  readonly heads: readonly HeadConfig[];
  readonly #checkpoint: Checkpoint;
  readonly #spec: TrainingSpec;
  readonly #backend: Backend = referenceBackend();
  readonly #tensors: Tensors;
  readonly #optimizer: ReferenceAdamW;
  readonly #encoders: Encoder[] = [];
  #gradients = new Map<string, Float64Array>();
  #step = 0;
  #micro = 0;
  #disposed = false;

  private constructor(checkpoint: Checkpoint, spec: TrainingSpec, tensors: Tensors) {
    this.heads = spec.heads ?? checkpoint.heads;
    this.#checkpoint = checkpoint;
    this.#spec = spec;
    this.#tensors = tensors;
    this.#optimizer = new ReferenceAdamW(spec.optimizer);
  }

  static async create(checkpoint: Checkpoint, spec: TrainingSpec): Promise<TapeTrainer> {
    if (spec.exitTable) assertTableFits(spec.exitTable, checkpoint.config);
    if (spec.losses.every(({ turn }) => turn && turn.of > 1))
      throw new HasheeError('INVALID_ARGUMENT', 'There are updates without a loss.');
    const { weights, config } = checkpoint;
    const tensors: Tensors = new Map();
    for (const name of weights.names())
      tensors.set(name, { shape: weights.shape(name), data: Float32Array.from(await weights.read(name)) });
    const heads = spec.heads ?? checkpoint.heads;
    for (const { head } of spec.losses)
      if (!heads.some(({ name }) => name === head)) throw new HasheeError('NOT_FOUND', `There is no head "${head}".`);
    heads.forEach((head, index) => {
      const random = Random.stream(spec.seed, 1, index);
      for (const [name, shape] of headTensors(head, config.hiddenSize)) {
        if (tensors.has(name)) continue;
        const pooler = tensors.get(name.replace(/^heads\..*\.dense/, 'pooler'));
        const data = new Float32Array(shape.reduce((product, n) => product * n, 1));
        if (pooler) data.set(pooler.data);
        else if (name.endsWith('weight')) data.set(Array.from(data, () => 0.02 * random.normal()));
        tensors.set(name, { shape, data });
      }
    });
    return new TapeTrainer(checkpoint, spec, tensors);
  }

  get step(): number {
    return this.#step;
  }

  async accumulate(batch: TokenBatch, targets: Targets, options: AccumulateOptions = {}): Promise<StepResult> {
    this.#check();
    validateBatch(batch, this.#checkpoint.config);
    const { layers } = options;
    if (
      layers?.length === 0 ||
      layers?.some((layer, i) => !(layer > (layers[i - 1] ?? 0)) || layer > this.#checkpoint.config.layers)
    )
      throw new HasheeError('INVALID_ARGUMENT', `Layers ${layers.join()} don't fit.`);
    const tape = new Tape();
    const parameters = new Map(
      Array.from(this.#tensors, ([name, { shape, data }]) => {
        const columns = shape.length === 2 ? shape[1] : data.length;
        return [name, new Value(data.length / columns, columns, Float64Array.from(data))];
      }),
    );
    const random = Random.stream(this.#spec.seed, 2, this.#step, this.#micro++);
    const states = this.#forward(tape, parameters, batch, random, options.layers);
    const terms = this.#spec.losses.map((term) => {
      const head = this.heads.find(({ name }) => name === term.head)!;
      const logits = this.#head(tape, parameters, head, states[head.layer], batch, random);
      const target = targets[term.target ?? 'labels'];
      const { of = 1, at = 0 } = term.turn ?? {};
      if (this.#step % of !== at) return 0;
      checkTarget(term, target, logits);
      const judged = this.heads.find(({ name }) => name === term.of);
      const about = judged && this.#head(new Tape(), parameters, judged, states[judged.layer], batch, random);
      const other = about && { logits: about.data, labels: about.columns };
      const loss = termLoss(term, logits.data, logits.columns, target, other);
      if (!Number.isFinite(Math.fround(loss))) throw new HasheeError('RUNTIME', `The loss is ${loss}.`);
      const weight = (term.weight ?? 1) * (options.scale ?? 1);
      tape.end(logits, () => lossGradient(term, logits, target, other).map((g) => g * weight));
      return loss;
    });
    tape.backward();
    for (const [name, value] of parameters) {
      const sum = this.#gradients.get(name) ?? new Float64Array(value.data.length);
      for (let i = 0; i < sum.length; i++) sum[i] += value.gradient[i];
      this.#gradients.set(name, sum);
    }
    return { terms, loss: terms.reduce((sum, term, i) => sum + (this.#spec.losses[i].weight ?? 1) * term, 0) };
  }

  async update({ learningRate }: { readonly learningRate: number }): Promise<{ readonly gradientNorm: number }> {
    this.#check();
    const weights = new Map(Array.from(this.#tensors, ([name, { data }]) => [name, Float64Array.from(data)]));
    const trained = new Map([...this.#gradients].filter(([name]) => this.#trains(name)));
    const result = this.#optimizer.update(weights, trained, learningRate);
    // The state is float32; what goes on from here and what goes on from a saved state must be the same.
    for (const moments of Object.values(this.#optimizer.moments()))
      for (const values of moments.values()) values.set(Float32Array.from(values));
    for (const name of trained.keys()) this.#tensors.get(name)!.data.set(weights.get(name)!);
    this.#gradients.clear();
    this.#step++;
    this.#micro = 0;
    return result;
  }

  gradient(name: string): Float32Array {
    const tensor = this.#tensors.get(name);
    if (!tensor) throw new HasheeError('NOT_FOUND', `There is no tensor "${name}".`);
    return Float32Array.from(this.#gradients.get(name) ?? new Float64Array(tensor.data.length));
  }

  async encoder(head?: string): Promise<Encoder> {
    this.#check();
    const present = { ...this.#checkpoint, heads: this.heads, weights: this.weights() };
    const { exitTable } = this.#spec;
    const encoder = await this.#backend.load(present, { ...(head ? { head } : {}), exitTable });
    this.#encoders.push(encoder);
    return encoder;
  }

  weights(): WeightSource {
    return new MemoryWeights(this.#tensors);
  }

  state(): TrainerState {
    const { m, v } = this.#optimizer.moments();
    const tensors: Tensors = new Map();
    for (const [name, tensor] of this.#tensors) {
      const moment = (values: ReadonlyMap<string, Float64Array>): Float32Array =>
        Float32Array.from(values.get(name) ?? new Float64Array(tensor.data.length));
      tensors.set(`weights/${name}`, tensor);
      tensors.set(`m/${name}`, { shape: tensor.shape, data: moment(m) });
      tensors.set(`v/${name}`, { shape: tensor.shape, data: moment(v) });
    }
    return { step: this.#step, tensors };
  }

  async restore(state: TrainerState): Promise<void> {
    const wanted = this.state().tensors;
    for (const [name, { shape }] of wanted)
      if (state.tensors.get(name)?.shape.join() !== shape.join())
        throw new HasheeError('INVALID_CHECKPOINT', `The state's "${name}" doesn't fit.`);
    for (const [name, { data }] of this.#tensors) {
      data.set(state.tensors.get(`weights/${name}`)!.data);
      this.#optimizer.restore(name, state.tensors.get(`m/${name}`)!.data, state.tensors.get(`v/${name}`)!.data);
    }
    this.#optimizer.step = state.step;
    this.#step = state.step;
    this.#micro = 0;
    this.#gradients.clear();
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    for (const encoder of this.#encoders) await encoder.dispose();
  }

  #check(): void {
    if (this.#disposed) throw new HasheeError('DISPOSED', 'This trainer was disposed of.');
  }

  #trains(name: string): boolean {
    const { trainable } = this.#spec;
    return !trainable || trainable.some((entry) => (entry.endsWith('.') ? name.startsWith(entry) : name === entry));
  }

  #dropout(tape: Tape, x: Value, probability: number, random: Random): Value {
    const p = this.#spec.dropout ?? probability;
    if (p === 0) return x;
    return tape.multiply(
      x,
      x.data.map(() => (random.uniform() < p ? 0 : 1 / (1 - p))),
    );
  }

  #forward(
    tape: Tape,
    parameters: Map<string, Value>,
    batch: TokenBatch,
    random: Random,
    layers?: readonly number[],
  ): Value[][] {
    const { config } = this.#checkpoint;
    const of = (name: string): Value => parameters.get(name)!;
    const linear = (x: Value, name: string): Value => tape.linear(x, of(`${name}.weight`), of(`${name}.bias`));
    const norm = (x: Value, name: string): Value =>
      tape.layerNorm(x, of(`${name}.weight`), of(`${name}.bias`), config.layerNormEpsilon);
    const drop = (x: Value): Value => this.#dropout(tape, x, config.dropout.hidden, random);
    const table = this.#spec.exitTable === undefined ? this.#checkpoint.exitTable : (this.#spec.exitTable ?? undefined);
    const exits = exitLayersOf(batch, config.layers, table);
    const p = this.#spec.dropout ?? config.dropout.attention;
    const share = (): number => (p > 0 && random.uniform() < p ? 0 : 1 / (1 - p));
    const collected: Value[][] = Array.from({ length: config.layers + 1 }, () => []);
    for (let b = 0; b + 1 < batch.offsets.length; b++) {
      const tokens = Array.from({ length: batch.offsets[b + 1] - batch.offsets[b] }, (_, s) => batch.offsets[b] + s);
      let x = tape.gather(
        of('embeddings.word'),
        tokens.map((t) => batch.inputIds[t]),
      );
      x = tape.multiply(x, new Float64Array(x.data.length).fill(config.embeddingScale ?? 1));
      x = tape.add(
        x,
        tape.gather(
          of('embeddings.position'),
          tokens.map((_, s) => config.positionOffset + s),
        ),
      );
      if (config.typeVocabSize > 0)
        x = tape.add(
          x,
          tape.gather(
            of('embeddings.type'),
            tokens.map((t) => batch.tokenTypeIds[t]),
          ),
        );
      x = drop(norm(x, 'embeddings.norm'));
      if (config.embeddingSize !== config.hiddenSize) x = linear(x, 'embeddings.projection');
      collected[0].push(x);
      for (let layer = 1; layer <= config.layers; layer++) {
        if (layers && !layers.includes(layer)) {
          collected[layer].push(x);
          continue;
        }
        const active = tokens.flatMap((t, s) => (exits[t] >= layer ? [s] : []));
        const set = `layers.${config.layerWeights[layer - 1]}`;
        const heads = config.heads[layer - 1];
        const queries = tape.gather(x, active);
        let y: Value;
        if (heads === 0) y = tape.add(queries, of(`${set}.output.bias`));
        else {
          const [q, k, v] = [linear(queries, `${set}.query`), linear(x, `${set}.key`), linear(x, `${set}.value`)];
          y = tape.add(queries, drop(linear(tape.attention(q, k, v, heads, config.headSize, share), `${set}.output`)));
        }
        y = norm(y, `${set}.attentionNorm`);
        const inner = tape.map(
          linear(y, `${set}.up`),
          (value) => activate(config.activation, value),
          SLOPES[config.activation],
        );
        // A recipe's own dropout adds none where the config has none.
        const { activation } = config.dropout;
        const kept = activation ? this.#dropout(tape, inner, activation, random) : inner;
        y = norm(tape.add(y, drop(linear(kept, `${set}.down`))), `${set}.norm`);
        x = tape.scatter(x, active, y);
        const equilibrium = this.#spec.gradientEquilibrium === true;
        if (equilibrium) x = tape.scaleGradient(x, 1 / (config.layers - layer + 1));
        collected[layer].push(x);
        if (equilibrium) x = tape.scaleGradient(x, config.layers - layer);
      }
    }
    return collected;
  }

  #head(
    tape: Tape,
    parameters: Map<string, Value>,
    head: HeadConfig,
    states: readonly Value[],
    batch: TokenBatch,
    random: Random,
  ): Value {
    const byToken = head.task === 'token-classification';
    const rows = byToken ? batch.inputIds.length : states.length;
    const map = (value: Value, prefix: string): Value =>
      tape.linear(value, parameters.get(`${prefix}.weight`)!, parameters.get(`${prefix}.bias`)!);
    const linear = (value: Value, part: 'dense' | 'classifier'): Value =>
      map(value, `heads.${ownerOf(head, part)}.${part}`);
    const p = this.#spec.dropout ?? head.dropout;
    const share = (): number => (p > 0 && random.uniform() < p ? 0 : 1 / (1 - p));
    /** All tokens are queries here, and the first is taken in the end. */
    const attended = (state: Value, heads: number): Value => {
      const own = `heads.${head.name}`;
      const reduced = tape.map(map(state, `${own}.reduce`), Math.tanh, SLOPES.tanh);
      const [q, k, v] = ['query', 'key', 'value'].map((part) => map(reduced, `${own}.attention.${part}`));
      const mixed = tape.attention(q, k, v, heads, reduced.columns / heads, share);
      return map(mixed, `${own}.attention.output`);
    };
    const width = headWidth(head, this.#checkpoint.config.hiddenSize);
    let x = new Value(rows, width, new Float64Array(rows * width));
    states.forEach((state, b) => {
      const at = byToken ? Array.from({ length: state.rows }, (_, s) => batch.offsets[b] + s) : [b];
      const read = head.attention ? attended(state, head.attention.heads) : state;
      x = tape.scatter(x, at, byToken ? read : tape.gather(read, [0]));
    });
    if (head.dense !== 'none') {
      x = linear(x, 'dense');
      for (const kind of head.dense.split('+') as ('tanh' | 'relu' | 'gelu')[])
        x = tape.map(x, (value) => activate(kind, value), SLOPES[kind]);
    }
    return linear(head.attention ? x : this.#dropout(tape, x, head.dropout, random), 'classifier');
  }
}

function checkTarget(term: LossTerm, target: Int32Array | Float32Array | undefined, logits: Value): asserts target {
  const refuse = (why: string): never => {
    throw new HasheeError('INVALID_ARGUMENT', `Targets of "${term.head}": ${why}.`);
  };
  if (!target) return refuse('missing');
  const indices = target instanceof Int32Array;
  const expected = term.kind === 'uncertainty' || indices ? logits.rows : logits.rows * logits.columns;
  if (target.length !== expected) refuse(`expected ${expected} values, got ${target.length}`);
  const limit = term.kind === 'confidence-margin' ? logits.rows : logits.columns;
  for (const value of target)
    if (!Number.isFinite(value) || (indices && term.kind !== 'uncertainty' && (value < -1 || value >= limit)))
      refuse(`${value} is no target`);
}

/** Derivative of a term by the logits. */
function lossGradient(
  term: LossTerm,
  logits: Value,
  target: Int32Array | Float32Array,
  of?: ReferenceAnswers,
): Float64Array {
  const C = logits.columns;
  if (term.kind === 'cosine' || term.kind === 'uncertainty' || term.kind === 'confidence-margin')
    return numericGradient(logits, (data) => termLoss(term, data, C, target, of));
  if (term.kind === 'mse') return logits.data.map((value, i) => (2 * (value - target[i])) / logits.rows);
  const T = term.kind === 'distillation' ? (term.temperature ?? 1) : 1;
  const labelled = target instanceof Int32Array ? target.filter((label) => label >= 0).length : logits.rows;
  const gradient = new Float64Array(logits.data.length);
  for (let r = 0; r < logits.rows; r++) {
    const predicted = softmax(logits.row(r).map((value) => value / T));
    let wanted: ArrayLike<number>;
    if (target instanceof Int32Array) {
      if (target[r] < 0) continue;
      wanted = Array.from({ length: C }, (_, c) => (c === target[r] ? 1 : 0));
    } else {
      const given = Float64Array.from(target.subarray(r * C, (r + 1) * C));
      wanted = term.kind === 'distillation' ? softmax(given.map((value) => value / T)) : given;
    }
    for (let c = 0; c < C; c++) gradient[r * C + c] = (T * (predicted[c] - wanted[c])) / labelled;
  }
  return gradient;
}

/** By central differences in float64: slow and plain. */
function numericGradient(logits: Value, loss: (data: Float64Array) => number): Float64Array {
  const step = 1e-6;
  return logits.data.map((value, i) => {
    const [above, below] = [value + step, value - step].map((moved) => loss(logits.data.with(i, moved)));
    return (above - below) / (2 * step);
  });
}

/** The reference backend with this trainer. */
export function tapeBackend(
  change: (trainer: TapeTrainer, spec: TrainingSpec) => Trainer = (trainer) => trainer,
): Backend {
  const base = referenceBackend();
  return {
    ...base,
    capabilities: { ...base.capabilities, training: true },
    createTrainer: async (checkpoint, spec) => change(await TapeTrainer.create(checkpoint, spec), spec),
  };
}
