/**
 * Porter's stemmer (Porter 1980, "An algorithm for suffix stripping") with the departures that NLTK made its default, because
 * rouge-score stems with it: irregular words, `y` to `i` only after a consonant inside the word (happy, but not enjoy),
 * `-ied`, `-ies` and `-ie` for short words, `-fulli`, `-alli` and `-logi`. Stemmers of npm follow Porter; about 2 % of the
 * words of our English data get other stems there.
 */
export function porterStem(given: string): string {
  const word = given.toLowerCase();
  const irregular = IRREGULAR.get(word);
  if (irregular !== undefined) return irregular;
  if (word.length <= 2) return word;
  return dropFinalE(step4(step3(step2(yToI(pastAndGerund(plural(word)))))));
}

const IRREGULAR: ReadonlyMap<string, string> = new Map([
  ...['sky', 'skies'].map((word) => [word, 'sky'] as const),
  ...[
    ['dying', 'die'],
    ['lying', 'lie'],
    ['tying', 'tie'],
    ['innings', 'inning'],
    ['outings', 'outing'],
    ['cannings', 'canning'],
  ].map(([word, stem]) => [word, stem] as const),
  ...['news', 'inning', 'outing', 'canning', 'howe', 'proceed', 'exceed', 'succeed'].map(
    (word) => [word, word] as const,
  ),
]);

/** Consonants and vowels of a word as a string of `c` and `v`; `y` is a consonant at the beginning and after a vowel. */
function pattern(word: string): string {
  let letters = '';
  for (let i = 0; i < word.length; i++) {
    const vowel = 'aeiou'.includes(word[i]) || (word[i] === 'y' && i > 0 && letters[i - 1] === 'c');
    letters += vowel ? 'v' : 'c';
  }
  return letters;
}

/** m: how many times a vowel is followed by a consonant. */
const measure = (stem: string): number => pattern(stem).split('vc').length - 1;
const hasVowel = (stem: string): boolean => pattern(stem).includes('v');
const positive = (stem: string): boolean => measure(stem) > 0;
const long = (stem: string): boolean => measure(stem) > 1;

/** *d: ends in two equal consonants. */
function endsInDouble(word: string): boolean {
  return word.length >= 2 && word.at(-1) === word.at(-2) && pattern(word).endsWith('c');
}

/** *o: ends consonant, vowel, consonant, the last not w, x or y; here also words of a vowel and a consonant. */
function endsInShort(word: string): boolean {
  const letters = pattern(word);
  return letters === 'vc' || (letters.endsWith('cvc') && !/[wxy]$/.test(word));
}

type Rule = readonly [suffix: string, replacement: string, condition?: (stem: string) => boolean];

/** The first rule whose suffix fits decides, whether its condition holds or not. */
function apply(word: string, rules: readonly Rule[]): string {
  const rule = rules.find(([suffix]) => word.endsWith(suffix));
  if (!rule) return word;
  const [suffix, replacement, condition] = rule;
  const stem = word.slice(0, word.length - suffix.length);
  return condition && !condition(stem) ? word : stem + replacement;
}

/** Step 1a */
function plural(word: string): string {
  if (word.length === 4 && word.endsWith('ies')) return word.slice(0, -1);
  return apply(word, [
    ['sses', 'ss'],
    ['ies', 'i'],
    ['ss', 'ss'],
    ['s', ''],
  ]);
}

/** Step 1b */
function pastAndGerund(word: string): string {
  if (word.endsWith('ied')) return word.slice(0, word.length === 4 ? -1 : -2);
  if (word.endsWith('eed')) return apply(word, [['eed', 'ee', positive]]);
  const suffix = ['ed', 'ing'].find((end) => word.endsWith(end) && hasVowel(word.slice(0, -end.length)));
  if (suffix === undefined) return word;
  const stem = word.slice(0, -suffix.length);
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`;
  if (endsInDouble(stem)) return /[lsz]$/.test(stem) ? stem : stem.slice(0, -1);
  return measure(stem) === 1 && endsInShort(stem) ? `${stem}e` : stem;
}

/** Step 1c */
function yToI(word: string): string {
  return apply(word, [['y', 'i', (stem) => stem.length > 1 && pattern(stem).endsWith('c')]]);
}

function step2(word: string): string {
  // -alli goes first, and what is left is looked at again: -ationally, -tionally.
  if (word.endsWith('alli') && positive(word.slice(0, -4))) return step2(word.slice(0, -2));
  return apply(word, [
    ['ational', 'ate', positive],
    ['tional', 'tion', positive],
    ['enci', 'ence', positive],
    ['anci', 'ance', positive],
    ['izer', 'ize', positive],
    ['bli', 'ble', positive],
    ['alli', 'al', positive],
    ['entli', 'ent', positive],
    ['eli', 'e', positive],
    ['ousli', 'ous', positive],
    ['ization', 'ize', positive],
    ['ation', 'ate', positive],
    ['ator', 'ate', positive],
    ['alism', 'al', positive],
    ['iveness', 'ive', positive],
    ['fulness', 'ful', positive],
    ['ousness', 'ous', positive],
    ['aliti', 'al', positive],
    ['iviti', 'ive', positive],
    ['biliti', 'ble', positive],
    ['fulli', 'ful', positive],
    // The l counts to the stem.
    ['logi', 'log', (stem) => positive(`${stem}l`)],
  ]);
}

function step3(word: string): string {
  return apply(word, [
    ['icate', 'ic', positive],
    ['ative', '', positive],
    ['alize', 'al', positive],
    ['iciti', 'ic', positive],
    ['ical', 'ic', positive],
    ['ful', '', positive],
    ['ness', '', positive],
  ]);
}

function step4(word: string): string {
  const plain = ['al', 'ance', 'ence', 'er', 'ic', 'able', 'ible', 'ant', 'ement', 'ment', 'ent'];
  const last = ['ou', 'ism', 'ate', 'iti', 'ous', 'ive', 'ize'];
  const rule = (suffix: string): Rule => [suffix, '', long];
  return apply(word, [...plain.map(rule), ['ion', '', (stem) => long(stem) && /[st]$/.test(stem)], ...last.map(rule)]);
}

/** Step 5 */
function dropFinalE(word: string): string {
  let stem = word;
  if (word.endsWith('e')) {
    const bare = word.slice(0, -1);
    const m = measure(bare);
    if (m > 1 || (m === 1 && !endsInShort(bare))) stem = bare;
  }
  return stem.endsWith('ll') && measure(stem.slice(0, -1)) > 1 ? stem.slice(0, -1) : stem;
}
