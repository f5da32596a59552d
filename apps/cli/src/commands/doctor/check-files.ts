import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Context } from '../../context.js';
import { defaultModelDirectory } from '../../model/default-model.js';
import type { Finding } from './finding.js';

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

export async function checkDefaultModel(): Promise<Finding> {
  const name = 'Default model';
  try {
    return { name, status: 'ok', text: await defaultModelDirectory() };
  } catch {
    return {
      name,
      status: 'missing',
      text: '@hashee/model-sst2 is not installed',
      fix: 'Install it with "npm install @hashee/model-sst2", or name a model with --model.',
    };
  }
}

/** Where models from the hub are kept, by the same variables as all Hugging Face libraries. */
export function hubCache(env: Context['env']): string {
  const home = env['HF_HOME'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'huggingface');
  return env['HF_HUB_CACHE'] ?? env['HUGGINGFACE_HUB_CACHE'] ?? join(home, 'hub');
}

export async function checkHubCache({ env }: Context): Promise<Finding> {
  const path = hubCache(env);
  const offline = /^(1|true|yes|on)$/i.test(env['HF_HUB_OFFLINE'] ?? '') ? ', HF_HUB_OFFLINE is set' : '';
  const text = `${path}${(await isFolder(path)) ? '' : ' (will be made by the first download)'}${offline}`;
  return { name: 'Hugging Face cache', status: 'ok', text };
}

export async function checkData({ env }: Context): Promise<Finding> {
  const name = 'Task data';
  const path = env['HASHEE_DATA'];
  if (!path)
    return {
      name,
      status: 'note',
      text: 'HASHEE_DATA is not set',
      fix: 'Only --task needs it: set it to a folder with one folder a task, or give --data.',
    };
  if (await isFolder(path)) return { name, status: 'ok', text: path };
  return { name, status: 'missing', text: `HASHEE_DATA is ${path}, which is no folder`, fix: 'Correct the variable.' };
}
