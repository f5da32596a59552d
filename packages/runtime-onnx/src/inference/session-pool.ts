import { Lifetime } from '@hashee/core/backend';
import type { Graph } from '../graph/graph.js';
import { GraphSession, type SessionSettings, type SessionWeights } from '../session/session.js';

/** Compiled graphs of one model by key, made when first needed and shared by all calls. */
export class SessionPool {
  readonly #settings: SessionSettings;
  readonly #weights: SessionWeights;
  readonly #sessions = new Map<string, Promise<GraphSession>>();
  readonly #lifetime: Lifetime;

  constructor(settings: SessionSettings, weights: SessionWeights, what: string, release: () => Promise<void>) {
    this.#settings = settings;
    this.#weights = weights;
    this.#lifetime = new Lifetime(what, () => this.#end(release));
  }

  /** @throws HasheeError `DISPOSED` */
  assertAlive(): void {
    this.#lifetime.assertAlive();
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
  use<T>(work: () => Promise<T>): Promise<T> {
    return this.#lifetime.use(work);
  }

  /** Every call waits until the sessions are gone. */
  dispose(): Promise<void> {
    return this.#lifetime.dispose();
  }

  async #end(release: () => Promise<void>): Promise<void> {
    const sessions = await Promise.allSettled(this.#sessions.values());
    this.#sessions.clear();
    try {
      for (const session of sessions) if (session.status === 'fulfilled') await session.value.release();
    } finally {
      await release();
    }
  }
}
