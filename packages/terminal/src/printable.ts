/**
 * Text from outside as one line that can't steer the terminal: control characters, line breaks and marks that change the
 * direction of writing become visible or blank.
 */
export function printable(text: string): string {
  return text.replace(/\s+/gu, ' ').replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069\u200e\u200f]/gu, (character) => {
    const code = character.codePointAt(0) as number;
    return code < 0x20 ? String.fromCodePoint(0x2400 + code) : '\ufffd';
  });
}
