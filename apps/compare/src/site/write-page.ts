import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeWhole } from '../io/write-file.js';
import type { Comparison } from '../results/cell-result.js';
import { RESULT_FILES } from '../results/result-files.js';
import { summarize } from '../results/summarize.js';

/** This package: `src/site` and `dist/site` lie equally deep. */
const root: string = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Builds the page with the results inside: one file, which opens from disk as from any web server.
 * @returns its path
 * @throws HasheeError `INVALID_ARGUMENT` without results, `IO`
 */
export async function writePage(folder: string, comparison: Comparison): Promise<string> {
  const summary = summarize(comparison);
  const [html, style, script] = await Promise.all([
    readFile(join(root, 'index.html'), 'utf8'),
    readFile(join(root, 'src/page/page.css'), 'utf8'),
    bundle(),
  ]);
  const parts: Record<string, string> = {
    title: escapeText(summary.title),
    style: `<style>\n${style}</style>`,
    data: `<script type="application/json" id="summary">${insideScript(JSON.stringify(summary))}</script>`,
    script: `<script>${insideScript(script)}</script>`,
  };
  const path = join(folder, RESULT_FILES.page);
  await writeWhole(
    path,
    html.replace(/<!-- (title|style|data|script) -->/g, (_, name: string) => parts[name]),
  );
  return path;
}

/** The page's program as one classic script: modules don't load from disk. */
async function bundle(): Promise<string> {
  const { build } = await import('vite');
  const result = await build({
    configFile: false,
    root,
    publicDir: false,
    logLevel: 'error',
    resolve: { conditions: ['@hashee/source', 'module', 'browser', 'production', 'default'] },
    build: {
      write: false,
      target: 'es2022',
      chunkSizeWarningLimit: 4000,
      lib: { entry: join(root, 'src/page/main.ts'), formats: ['iife'], name: 'hasheeComparison' },
    },
  });
  const outputs = (Array.isArray(result) ? result : [result]).flatMap((each) => ('output' in each ? each.output : []));
  return outputs.flatMap((each) => (each.type === 'chunk' ? [each.code] : [])).join('\n');
}

function escapeText(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Neither can end the script element, nor begin a comment in it. */
function insideScript(text: string): string {
  return text.replace(/<(?=\/script|script|!--)/gi, '\\u003C');
}
