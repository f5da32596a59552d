import { HasheeError } from '../errors.js';

/** Keeps what an encoder or trainer holds until the last call that uses it has ended. */
export class Lifetime {
  readonly #what: string;
  readonly #release: () => void | Promise<void>;
  #users = 0;
  #disposal: Promise<void> | undefined;
  #drained: (() => void) | undefined;

  constructor(what: string, release: () => void | Promise<void>) {
    this.#what = what;
    this.#release = release;
  }

  /** @throws HasheeError `DISPOSED` */
  assertAlive(): void {
    if (this.#disposal)
      throw new HasheeError('DISPOSED', `This ${this.#what} was disposed of. Load the model again to go on.`);
  }

  /** Runs `work`; a dispose that comes meanwhile waits for it. */
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

  /** Every call waits until what is held is free. */
  dispose(): Promise<void> {
    this.#disposal ??= this.#end();
    return this.#disposal;
  }

  async #end(): Promise<void> {
    if (this.#users > 0) await new Promise<void>((resolve) => (this.#drained = resolve));
    await this.#release();
  }
}
