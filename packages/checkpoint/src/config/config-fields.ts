import { HasheeError } from '@hashee/core';

/** Values of a config.json, each checked when it is asked for. A field may have several names; the first present counts. */
export class ConfigFields {
  readonly values: Readonly<Record<string, unknown>>;
  readonly file: string;

  constructor(values: Readonly<Record<string, unknown>>, file: string) {
    this.values = values;
    this.file = file;
  }

  /** `null` counts as absent, as transformers writes it for unset values. */
  get(...names: string[]): unknown {
    for (const name of names)
      if (Object.hasOwn(this.values, name) && this.values[name] !== null) return this.values[name];
    return undefined;
  }

  /** A whole number from 0 up. @throws HasheeError `INVALID_CONFIG` when it is another thing, or absent and required */
  integer(names: string | readonly string[], fallback?: number): number {
    const value = this.#value(names, fallback);
    return Number.isSafeInteger(value) && (value as number) >= 0
      ? (value as number)
      : this.refuse(names, 'a whole number from 0 up', value);
  }

  /** @throws HasheeError `INVALID_CONFIG` */
  number(names: string | readonly string[], fallback?: number): number {
    const value = this.#value(names, fallback);
    return typeof value === 'number' ? value : this.refuse(names, 'a number', value);
  }

  /** @throws HasheeError `INVALID_CONFIG` */
  string(names: string | readonly string[], fallback?: string): string {
    const value = this.#value(names, fallback);
    return typeof value === 'string' ? value : this.refuse(names, 'a string', value);
  }

  /** @throws HasheeError `INVALID_CONFIG` */
  object(names: string | readonly string[]): Record<string, unknown> {
    const value = this.#value(names, {});
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : this.refuse(names, 'an object', value);
  }

  /** Absent: empty. @throws HasheeError `INVALID_CONFIG` */
  list(names: string | readonly string[]): unknown[] {
    const value = this.#value(names, []);
    return Array.isArray(value) ? (value as unknown[]) : this.refuse(names, 'a list', value);
  }

  refuse(names: string | readonly string[], expected: string, actual: unknown): never {
    const field = [names].flat().join('" or "');
    const came = actual === undefined ? 'nothing' : JSON.stringify(actual)?.slice(0, 200);
    throw new HasheeError('INVALID_CONFIG', `${this.file}: "${field}" must be ${expected}, got ${came}.`, {
      fields: { path: this.file, field, expected, actual },
    });
  }

  unsupported(message: string, fields: Record<string, unknown>): never {
    throw new HasheeError('UNSUPPORTED', `${this.file}: ${message}`, { fields: { path: this.file, ...fields } });
  }

  #value(names: string | readonly string[], fallback: unknown): unknown {
    return this.get(...[names].flat()) ?? fallback;
  }
}
