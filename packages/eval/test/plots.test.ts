import { describe, expect, it } from 'vitest';
import { batchSizePlot, exitLayerPlot, renderSvg, speedQualityPlot } from '../src/plots/index.js';

const texts = (svg: string): string[] => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
/** What lies under groups of marks of one kind, as screen readers are told. */
const marks = (svg: string, kind: string): number => svg.split(`aria-roledescription="${kind}"`).length - 1;

describe('plots, without a browser', () => {
  it('quality against speed-up', async () => {
    const svg = await speedQualityPlot(
      [
        {
          name: 'ours <b> & co',
          points: [
            { speedup: 1, quality: 0.9, low: 0.89, high: 0.91 },
            { speedup: 2, quality: 0.8 },
            { speedup: 1.5, quality: 0.7 },
          ],
        },
        { name: 'theirs', points: [{ speedup: 1, quality: 0.91 }] },
      ],
      { title: 'SST-2' },
    );
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"[^>]* viewBox="0 0 \d+/);
    expect(svg.trimEnd()).toMatch(/<\/svg>$/);
    expect(texts(svg)).toEqual(expect.arrayContaining(['SST-2', 'times as fast as dense', 'score', 'theirs']));
    expect(texts(svg)).toContain('ours &lt;b&gt; &amp; co');
    expect(svg).not.toContain('<b>');
    expect(marks(svg, 'point')).toBe(4);
    expect(marks(svg, 'rule mark')).toBe(1);
    // One line a method, through what nothing beats.
    const [line] = [...svg.matchAll(/aria-roledescription="line mark"[^>]*d="([^"]*)"/g)].map(([, d]) => d);
    expect(line.match(/L/g)).toHaveLength(1);
    const all = { join: 'all' } as const;
    const joined = await speedQualityPlot(
      [{ name: 'a', points: [1, 2, 3].map((x) => ({ speedup: x, quality: x })) }],
      all,
    );
    expect(/aria-roledescription="line mark"[^>]*d="([^"]*)"/.exec(joined)?.[1].match(/L/g)).toHaveLength(2);
  });

  it('speed-up by batch size', async () => {
    const points = [1, 8, 64].map((batchSize) => ({ batchSize, speedup: 1 + batchSize / 64, low: 1, high: 3 }));
    const svg = await batchSizePlot([{ name: 'ours', points, counted: 3 }], { theme: 'dark', width: 300 });
    expect(marks(svg, 'point')).toBe(3);
    expect(marks(svg, 'rule mark')).toBe(4);
    expect(svg).toContain('#0d1117');
    expect(texts(svg)).toEqual(expect.arrayContaining(['1', '8', '64', 'sequences in a batch']));
  });

  it('where tokens leave', async () => {
    const svg = await exitLayerPlot([
      { name: 'frequency', counts: [3, 1, 0] },
      { name: 'none', counts: [0, 0, 0] },
    ]);
    expect(marks(svg, 'bar')).toBe(6);
    expect(svg).toMatch(/last layer computed: 1; share of the tokens: 75(\.0+)?%; method: frequency/);
    expect(texts(svg)).toContain('70%');
  });

  it('loads nothing and refuses nonsense', async () => {
    const mark = { mark: 'point', encoding: { x: { field: 'a', type: 'quantitative' } } } as const;
    await expect(renderSvg({ ...mark, mark: 'no-such-mark' } as never)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    const svg = await renderSvg({ ...mark, data: { url: 'package.json', format: { type: 'csv' } } });
    expect(marks(svg, 'point')).toBe(0);
  });
});
