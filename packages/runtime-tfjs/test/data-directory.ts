import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const beside = fileURLToPath(new URL('../../../../shared/data', import.meta.url));

/** The folder with the real tasks, or `undefined` on a machine without it. */
export const dataDirectory: string | undefined = process.env.HASHEE_DATA ?? (existsSync(beside) ? beside : undefined);
