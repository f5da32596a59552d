import { styleText } from 'node:util';
import type { OutputStream } from './output-stream.js';

type Format = Parameters<typeof styleText>[0];

/** Colours a text, or leaves it alone. */
export type Paint = (format: Format, text: string) => string;

/**
 * Colours for terminals only. `NO_COLOR` (any value but the empty one) and `TERM=dumb` switch them off, `FORCE_COLOR` on.
 */
export function paintFor(stream: OutputStream, env: Readonly<Record<string, string | undefined>>): Paint {
  const forced = env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '' && env['FORCE_COLOR'] !== '0';
  const refused = Boolean(env['NO_COLOR']) || env['TERM'] === 'dumb';
  if (refused || !(forced || stream.isTTY)) return (_format, text) => text;
  return (format, text) => styleText(format, text, { validateStream: false });
}
