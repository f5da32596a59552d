import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What a generator can't do, said in one sentence. */
export class GeneratorError extends Error {}

/**
 * @typedef {object} Generated
 * @property {readonly string[]} written paths from the root of the workspace
 * @property {readonly string[]} next what is left to do, a sentence each
 */

/**
 * @param {string} name such as `word-length`
 * @param {string} what for the message
 * @returns {string} `wordLength`
 */
export function identifierOf(name, what) {
  if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(name) || name.length > 40)
    throw new GeneratorError(
      `The name of a ${what} has small letters, digits and single hyphens, such as word-length; got "${name}".`,
    );
  return name.replaceAll(/-(\w)/g, (_, letter) => letter.toUpperCase());
}

/** @param {string} identifier */
export const capitalized = (identifier) => identifier[0].toUpperCase() + identifier.slice(1);

/**
 * Changes to files, all checked before the first is written.
 */
export class Changes {
  /** @type {Map<string, string>} */
  #texts = new Map();
  #root;

  /** @param {string} root */
  constructor(root) {
    this.#root = root;
  }

  /**
   * @param {string} path
   * @param {string} text
   */
  add(path, text) {
    if (existsSync(join(this.#root, path))) throw new GeneratorError(`${path} exists already. Choose another name.`);
    this.#texts.set(path, text);
  }

  /**
   * @param {string} path
   * @param {(text: string) => string} change
   */
  edit(path, change) {
    const text = this.#texts.get(path) ?? readFileSync(join(this.#root, path), 'utf8');
    this.#texts.set(path, change(text));
  }

  /**
   * Puts a line before the first later line that sorts after it, among neighbours that look alike.
   * @param {string} path
   * @param {RegExp} alike
   * @param {string} line
   * @param {(line: string) => string} key what is sorted by
   */
  insertSorted(path, alike, line, key) {
    this.edit(path, (text) => {
      const lines = text.split('\n');
      const places = lines.flatMap((candidate, i) => (alike.test(candidate) ? [i] : []));
      if (places.length === 0) throw new GeneratorError(`${path} has no line like ${alike}.`);
      const next = places.find((i) => key(lines[i]) > key(line));
      lines.splice(next ?? places[places.length - 1] + 1, 0, line);
      return lines.join('\n');
    });
  }

  /**
   * @param {string} path
   * @param {string} before a text that the file has once
   * @param {string} insert
   */
  insertBefore(path, before, insert) {
    this.edit(path, (text) => {
      const at = text.indexOf(before);
      if (at < 0 || text.indexOf(before, at + 1) >= 0)
        throw new GeneratorError(`${path} should have this once: ${before}`);
      return text.slice(0, at) + insert + text.slice(at);
    });
  }

  /** @returns {string[]} the paths */
  write() {
    for (const [path, text] of this.#texts) {
      mkdirSync(dirname(join(this.#root, path)), { recursive: true });
      writeFileSync(join(this.#root, path), text);
    }
    return [...this.#texts.keys()];
  }
}

/**
 * The path in an import or export statement, by which biome sorts them.
 * @param {string} line
 */
export const pathOf = (line) => (/from '(.*)\.js'/.exec(line)?.[1] ?? '').replaceAll('/', '\0');
