import type { Context } from '../context.js';

/** The web page of the study of difficulty. */
export async function difficulty(folder: string, context: Context): Promise<void> {
  const { writeDifficultyPage } = await import('../site/write-difficulty-page.js');
  context.stdout.write(`${await writeDifficultyPage(folder)}\n`);
}
