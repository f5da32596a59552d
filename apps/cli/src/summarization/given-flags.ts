/**
 * Flags that were given, as they are typed: `maxTarget` is `--max-target`.
 * @param options values by their names; undefined where a flag wasn't given
 */
export function givenFlags(options: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(options)
    .filter(([, value]) => value !== undefined)
    .map(([name]) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
}
