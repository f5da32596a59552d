import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** This package: `src/site` and `dist/site` lie equally deep. */
const root: string = fileURLToPath(new URL('../..', import.meta.url));

export interface PageParts {
  readonly title: string;
  /** What the page shows; plain JSON. */
  readonly data: unknown;
  /** The page's program, from the package's root. */
  readonly entry: string;
  /** What is on the page, for readers without JavaScript. */
  readonly otherwise?: string | undefined;
}

/** A page with its data, style and program inside: one file, which opens from disk as from any web server. */
export async function buildPage({ title, data, entry, otherwise }: PageParts): Promise<string> {
  const [html, style, script] = await Promise.all([
    readFile(join(root, 'index.html'), 'utf8'),
    readFile(join(root, 'src/page/page.css'), 'utf8'),
    bundle(entry),
  ]);
  const parts: Record<string, string> = {
    title: escapeText(title),
    style: `<style>\n${style}</style>`,
    data: `<script type="application/json" id="summary">${insideScript(JSON.stringify(data))}</script>`,
    script: `<script>${insideScript(script)}</script>`,
  };
  const page = otherwise === undefined ? html : html.replace('README.md beside it', escapeText(otherwise));
  return page.replace(/<!-- (title|style|data|script) -->/g, (_, name: string) => parts[name]);
}

/** The page's program as one classic script: modules don't load from disk. */
async function bundle(entry: string): Promise<string> {
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
      lib: { entry: join(root, entry), formats: ['iife'], name: 'hasheeComparison' },
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
