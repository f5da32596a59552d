import { describe, expect, test } from 'vitest';
import { checkExample } from '../src/check-example.js';
import { readExamples } from '../src/example.js';

const fence = '```';
const markdown = `# Title

${fence}sh
npm install
${fence}

## Use

${fence}ts
console.log(1 + 1); // → 2
${fence}

${fence}ts
console.log('a');
// → a
console.log('b'); // → b
${fence}

${fence}typescript
throw new Error('never runs');
${fence}
`;

describe('readExamples', () => {
  test('takes the blocks of TypeScript, with heading, line and expected output', () => {
    expect(readExamples(markdown)).toEqual([
      { runs: true, title: 'Use', code: 'console.log(1 + 1); // → 2\n', line: 10, prints: ['2'] },
      {
        runs: true,
        title: 'Use (2)',
        code: "console.log('a');\n// → a\nconsole.log('b'); // → b\n",
        line: 14,
        prints: ['a', 'b'],
      },
      { runs: false, title: 'Use (3)', code: "throw new Error('never runs');\n", line: 20, prints: [] },
    ]);
  });

  test('a file without ts blocks has none', () => {
    expect(readExamples('# Title\n\ntext\n')).toEqual([]);
  });
});

describe('checkExample', () => {
  const print =
    (...values: unknown[]) =>
    async () =>
      console.log(...values);

  test('accepts what was announced, with … for any text', async () => {
    await checkExample(print({ score: 0.98765 }), ['{ score: 0.98… }']);
    await checkExample(print('anything'), []);
  });

  test.each([
    [print('negative'), ['positive']],
    [print('positive'), ['positive', 'positive']],
    [print('1.5'), ['1x5']],
  ])('refuses another output', async (load, prints) => {
    await expect(checkExample(load, prints)).rejects.toThrow(/expected/);
  });

  test('an example that throws fails', async () => {
    await expect(
      checkExample(async () => {
        throw new TypeError('no such thing');
      }, []),
    ).rejects.toThrow('no such thing');
  });
});
