import { HasheeError, type OptimizerSpec, type TrainerState, WORD_TABLE } from '@hashee/core';
import { optimizerSettings } from '@hashee/core/backend';
import type { Tensor } from 'onnxruntime-common';
import type { Feed } from '../encoder/plan.js';
import type { Graph } from '../graph/graph.js';
import { SessionPool } from '../inference/session-pool.js';
import type { SessionSettings, SessionWeights } from '../session/session.js';
import { GradientAccumulator } from './gradient-accumulator.js';
import type { ParameterStore } from './parameter-store.js';
import { dropoutInput, gradientOutput } from './training-graph.js';

const INPUTS: Pick<SessionWeights, 'bind'> = { bind: () => ({ kind: 'input' }) };

/** Forward, loss and backward in one graph. */
export interface EngineGraph<Site> {
  readonly graph: Graph;
  /** Where masks are fed, in order of `dropoutInput`. */
  readonly dropoutSites: readonly Site[];
  /** Canonical names of the tensors that get a gradient here. */
  readonly gradients: ReadonlySet<string>;
}

export type EngineResults = Readonly<Record<string, { readonly data: unknown }>>;

/** One batch on its way through a graph. */
export interface EngineStep<Site, Answer> {
  readonly key: string;
  readonly training: EngineGraph<Site>;
  readonly feeds: Iterable<readonly [string, Feed]>;
  /** Outputs besides the gradients; ONNX Runtime allocates them. */
  readonly outputs: readonly string[];
  /** @param seeds what masks depend on: updates and batches so far, number of the site */
  mask(site: Site, seeds: { readonly step: number; readonly parts: number; readonly index: number }): Feed;
  read(results: EngineResults): Answer;
  /** Adds to the gradient what the graph didn't write itself. */
  collect(results: EngineResults): void;
  /** Where extreme values may come from, for an error. */
  readonly suspects: string;
}

/**
 * What the trainers of this package do alike, whatever their graphs compute: sessions that read the weights of a store, gradients that come
 * in batch by batch, updates, and views on the present weights.
 */
export class TrainingEngine<Site, Training extends EngineGraph<Site>> {
  readonly store: ParameterStore;
  readonly #settings: SessionSettings;
  readonly #pool: SessionPool;
  readonly #accumulator: GradientAccumulator;
  readonly #graphs = new Map<string, Training>();
  readonly #views = new Set<{ dispose(): Promise<void> }>();

  constructor(store: ParameterStore, optimizer: OptimizerSpec | undefined, settings: SessionSettings) {
    this.store = store;
    this.#settings = settings;
    this.#accumulator = new GradientAccumulator(store, optimizerSettings(optimizer).maxGradientNorm);
    const values = (name: string): Float32Array => store.values(name);
    this.#pool = new SessionPool(settings, { ...INPUTS, values }, 'trainer', async () => {});
  }

  /** Optimizer updates so far. */
  get step(): number {
    return this.#accumulator.step;
  }

  /** @throws HasheeError `DISPOSED` */
  assertAlive(): void {
    this.#pool.assertAlive();
  }

  /** The graph of a key, made when it is first asked for. */
  graphFor(key: string, make: () => Training): Training {
    let training = this.#graphs.get(key);
    if (!training) {
      training = make();
      this.#graphs.set(key, training);
    }
    return training;
  }

  /** Computes with a graph that isn't for training. */
  compute(key: string, graph: Graph, feeds: Map<string, Feed>): Promise<EngineResults> {
    return this.#pool.use(async () => (await this.#pool.get(key, () => graph)).run(feeds));
  }

  /**
   * Runs a batch and adds its gradient to what is there. A batch that fails leaves nothing in it.
   * @throws HasheeError `RUNTIME` (loss not finite)
   */
  accumulate<Answer extends { readonly loss: number }>(step: EngineStep<Site, Answer>): Promise<Answer> {
    const { key, training } = step;
    return this.#pool.use(async () => {
      const { parts } = this.#accumulator;
      const session = await this.#pool.get(key, () => training.graph);
      const feeds = new Map(step.feeds);
      training.dropoutSites.forEach((site, index) => {
        feeds.set(dropoutInput(index), step.mask(site, { step: this.step, parts, index }));
      });
      const target = this.#accumulator.target();
      const results = await session.run(feeds, this.#fetches(step, target)).catch((error: unknown) => {
        this.#accumulator.failed();
        throw error;
      });
      const answer = step.read(results);
      if (!Number.isFinite(answer.loss)) {
        this.#accumulator.failed();
        throw new HasheeError(
          'RUNTIME',
          `The loss is ${answer.loss} at update ${this.step + 1}. Lower the learning rate, or look for extreme ${step.suspects}.`,
          { fields: { ...answer, step: this.step } },
        );
      }
      this.#accumulator.add(target, training.gradients);
      step.collect(results);
      return answer;
    });
  }

  async update(learningRate: number): Promise<{ readonly gradientNorm: number }> {
    this.assertAlive();
    return this.#accumulator.update(learningRate);
  }

  state(): TrainerState {
    return this.store.state(this.step);
  }

  async restore(state: TrainerState): Promise<void> {
    this.assertAlive();
    this.#accumulator.restore(state);
  }

  /** A weight as it is now, for models that read it while training goes on. */
  present(name: string): Float32Array {
    if (name === WORD_TABLE) this.store.words?.refreshAll();
    return this.store.values(name);
  }

  /** A model that computes with the present weights; it goes with the engine. @param make is given sessions that read `values` */
  view<View extends { dispose(): Promise<void> }>(
    values: (name: string) => Float32Array,
    make: (sessions: (what: string) => SessionPool) => View,
  ): View {
    this.assertAlive();
    let open = 0;
    const closed = async (): Promise<void> => {
      if (--open === 0) this.#views.delete(view);
    };
    const view = make((what) => {
      open++;
      return new SessionPool(this.#settings, { ...INPUTS, values }, what, closed);
    });
    this.#views.add(view);
    return view;
  }

  async dispose(): Promise<void> {
    for (const view of [...this.#views]) await view.dispose();
    await this.#pool.dispose();
  }

  /** Gradients are written where they belong. */
  #fetches(
    { outputs, training }: Pick<EngineStep<Site, unknown>, 'outputs' | 'training'>,
    target: Float32Array,
  ): Record<string, Tensor | null> {
    const { flat } = this.store;
    const { Tensor } = this.#settings.ort;
    const fetches: Record<string, Tensor | null> = {};
    for (const output of outputs) fetches[output] = null;
    for (const name of training.gradients)
      fetches[gradientOutput(name)] = new Tensor('float32', flat.view(target, name), flat.shape(name));
    return fetches;
  }
}
