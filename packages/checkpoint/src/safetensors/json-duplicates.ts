/**
 * The first key that an object of a JSON document has twice, or `undefined`. `JSON.parse` keeps the last of them without
 * a word, so two readers could see different documents. The text must be valid JSON.
 */
export function findDuplicateKey(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '{') open.push(new Set());
    else if (character === '[') open.push(undefined);
    else if (character === '}' || character === ']') open.pop();
    else if (character === '"') {
      const from = i;
      do {
        if (text[i] === '\\') i++;
        i++;
      } while (text[i] !== '"' && i < text.length);
      const keys = open.at(-1);
      let next = i + 1;
      while (next < text.length && ' \t\r\n'.includes(text[next])) next++;
      if (!keys || text[next] !== ':') continue;
      const key = JSON.parse(text.slice(from, i + 1)) as string;
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}
