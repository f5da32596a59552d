/**
 * What a text tells its reader to install: the packages of its `npm install` lines, without options, each once, in order.
 * @param {string} text
 * @returns {string[]}
 */
export function readInstalls(text) {
  const words = [...text.matchAll(/\bnpm install((?: +[^\s`"',]+)+)/g)].flatMap(([, rest]) => rest.trim().split(/ +/));
  return [...new Set(words.filter((word) => !word.startsWith('-')))];
}

/**
 * The shell blocks of a Markdown file: what a reader copies, without what is only mentioned.
 * @param {string} markdown
 * @returns {string}
 */
export function shellBlocks(markdown) {
  return [...markdown.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, code]) => code).join('');
}
