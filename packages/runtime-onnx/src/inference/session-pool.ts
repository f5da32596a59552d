import { HasheeError } from '@hashee/core';
import type { Graph } from '../graph/graph.js';
import { GraphSession, type SessionSettings, type SessionWeights } from '../session/session.js';

/** Compiled graphs of one model by key, made when first needed and shared by all calls. */
export class SessionPool {
  readonly #settings: SessionSettings;
  readonly #weights: SessionWeights;
  readonly #release: () => Promise<void>;
  readonly #sessions = new Map<string, Promise<GraphSession>>();
  readonly #what: string;
  #users = 0;
  #disposal: Promise<void> | undefined;
  #drained: (() => void) | undefined;

  constructor(settings: SessionSettings, weights: SessionWeights, what: string, release: () => Promise<void>) {
    this.#settings = settings;
    this.#weights = weights;
    this.#what = what;
    this.#release = release;
  }

  /** @throws HasheeError `DISPOSED` */
  assertAlive(): void {
    if (this.#disposal)
      throw new HasheeError('DISPOSED', `This ${this.#what} was disposed of. Load the model again to go on.`);
  }

  get(key: string, build: () => Graph): Promise<GraphSession> {
    this.assertAlive();
    let session = this.#sessions.get(key);
    if (!session) {
      session = GraphSession.create(this.#settings, build(), this.#weights);
      this.#sessions.set(key, session);
      session.catch(() => this.#sessions.delete(key));
    }
    return session;
  }

  /** Runs `work` while holding the sessions open: a concurrent dispose waits for it. */
  async use<T>(work: () => Promise<T>): Promise<T> {
    this.assertAlive();
    this.#users++;
    try {
      return await work();
    } finally {
      this.#users--;
      if (this.#users === 0) this.#drained?.();
    }
  }

  /** Every call waits until the sessions are gone. */
  dispose(): Promise<void> {
    this.#disposal ??= this.#end();
    return this.#disposal;
  }

  async #end(): Promise<void> {
    if (this.#users > 0) await new Promise<void>((resolve) => (this.#drained = resolve));
    const sessions = await Promise.allSettled(this.#sessions.values());
    this.#sessions.clear();
    try {
      for (const session of sessions) if (session.status === 'fulfilled') await session.value.release();
    } finally {
      await this.#release();
    }
  }
}
