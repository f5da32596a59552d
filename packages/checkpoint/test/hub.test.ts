import { cp, lstat, mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type HubProgress, loadModel, readSafetensors, writeSafetensors } from '../src/index.js';
import { failure } from './failure.js';
import { type HubServer, startHub } from './hub-server.js';
import { FAMILIES } from './rewrite-model.js';
import { temporaryFolder } from './temporary-folder.js';

const TOKENIZER = join(import.meta.dirname, 'golden', 'tokenizers', 'bert');

let hub: HubServer;
let cacheDir: string;

beforeEach(async () => {
  const files = new Map<string, Buffer>([['README.md', Buffer.from('# not needed')]]);
  for (const name of ['config.json', 'model.safetensors'])
    files.set(name, await readFile(join(FAMILIES, 'bert', name)));
  for (const name of ['tokenizer.json', 'tokenizer_config.json'])
    files.set(name, await readFile(join(TOKENIZER, name)));
  hub = await startHub(files);
  cacheDir = join(await temporaryFolder(), 'hub');
  vi.stubEnv('HF_ENDPOINT', hub.url);
  vi.stubEnv('HF_HUB_OFFLINE', '');
  vi.stubEnv('HF_TOKEN', '');
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await hub.close();
});

const repository = (): string => join(cacheDir, 'models--owner--model');

describe('a model of the hub', () => {
  it('comes into the cache as other tools lay it out, and is not fetched twice', async () => {
    const events: HubProgress[] = [];
    const model = await loadModel('owner/model', { cacheDir, onProgress: (event) => events.push(event) });
    expect(model.config.modelType).toBe('bert');
    expect(model.directory).toBe(join(repository(), 'snapshots', hub.commit));
    expect((await readdir(model.directory)).sort()).toEqual([
      'config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    expect(await readFile(join(repository(), 'refs', 'main'), 'utf8')).toBe(hub.commit);
    const link = await readlink(join(model.directory, 'model.safetensors'));
    expect(link).toMatch(/^\.\.\/\.\.\/blobs\/[0-9a-f]{64}$/);
    expect((await lstat(join(model.directory, link))).isFile()).toBe(true);
    expect(await readdir(join(repository(), 'blobs'))).toHaveLength(4);
    expect(events[0]).toEqual({ status: 'resolving', repository: 'owner/model', revision: 'main' });
    expect(events.at(-1)).toEqual({ status: 'ready', directory: model.directory });
    const size = hub.files.get('model.safetensors')!.length;
    expect(events).toContainEqual({ status: 'downloading', file: 'model.safetensors', loaded: size, total: size });
    expect(events).toContainEqual({ status: 'downloaded', file: 'model.safetensors', total: size });

    hub.requests.length = 0;
    const again: HubProgress[] = [];
    await loadModel('owner/model', { cacheDir, onProgress: (event) => again.push(event) });
    expect(hub.requests.filter((path) => path.includes('/resolve/'))).toEqual([]);
    expect(again.filter(({ status }) => status === 'cached')).toHaveLength(4);
  });

  it('follows a branch to its new commit, and shares what did not change', async () => {
    const first = await loadModel('owner/model', { cacheDir });
    hub.commit = 'b'.repeat(40);
    const config = JSON.parse(hub.files.get('config.json')!.toString('utf8'));
    hub.files.set('config.json', Buffer.from(JSON.stringify({ ...config, hidden_act: 'relu' })));
    hub.requests.length = 0;
    const second = await loadModel('owner/model', { cacheDir });
    expect([first.config.activation, second.config.activation]).toEqual(['gelu', 'relu']);
    expect(new Set(hub.requests.filter((path) => path.includes('/resolve/')))).toEqual(
      new Set([`/owner/model/resolve/${hub.commit}/config.json`]),
    );
    expect((await readdir(join(repository(), 'snapshots'))).sort()).toEqual(['a'.repeat(40), 'b'.repeat(40)]);
  });

  it('is found by tag and by commit, and asked for with a token', async () => {
    await loadModel('owner/model', { cacheDir, revision: 'v1', token: 'hf_secret' });
    expect(await readFile(join(repository(), 'refs', 'v1'), 'utf8')).toBe(hub.commit);
    expect(hub.tokens).toEqual(new Set(['Bearer hf_secret']));
    await loadModel('owner/model', { cacheDir, revision: hub.commit });
    expect(await readdir(join(repository(), 'refs'))).toEqual(['v1']);
    vi.stubEnv('HF_TOKEN', 'hf_other');
    await loadModel('owner/model', { cacheDir });
    expect(hub.tokens).toContain('Bearer hf_other');
    const error = await failure(loadModel('owner/model', { cacheDir, token: 'wrong' }));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(JSON.stringify(error) + error.message).not.toContain('wrong');
  });

  it('may be sharded', async () => {
    const weights = await readSafetensors(join(FAMILIES, 'bert', 'model.safetensors'));
    const folder = await temporaryFolder();
    const map: Record<string, string> = {};
    for (const part of [1, 2]) {
      const file = `model-0000${part}-of-00002.safetensors`;
      const names = weights.names().filter((_, index) => (index % 2) + 1 === part);
      for (const name of names) map[name] = file;
      await writeSafetensors(
        join(folder, file),
        names.map((name) => ({
          name,
          dtype: weights.dtype(name),
          shape: weights.shape(name),
          read: () => weights.readRaw(name),
        })),
      );
      hub.files.set(file, await readFile(join(folder, file)));
    }
    hub.files.delete('model.safetensors');
    hub.files.set('model.safetensors.index.json', Buffer.from(JSON.stringify({ weight_map: map })));
    const model = await loadModel('owner/model', { cacheDir });
    expect(await model.weights.read('embeddings.norm.weight')).toEqual(
      await weights.read('bert.embeddings.LayerNorm.weight'),
    );
    hub.files.set(
      'model.safetensors.index.json',
      Buffer.from(JSON.stringify({ weight_map: { a: '../../x.safetensors' } })),
    );
    hub.commit = 'c'.repeat(40);
    expect((await failure(loadModel('owner/model', { cacheDir }))).message).toMatch(
      /no file "\.\.\/\.\.\/x\.safetensors"/,
    );
    // A hub that lists it, too.
    hub.files.set('../../x.safetensors', Buffer.from('outside'));
    hub.commit = 'd'.repeat(40);
    expect(await failure(loadModel('owner/model', { cacheDir }))).toMatchObject({
      code: 'IO',
      message: expect.stringContaining('"../../x.safetensors", which isn\'t taken'),
    });
    expect((await readdir(cacheDir, { recursive: true })).filter((path) => path.endsWith('x.safetensors'))).toEqual([]);
  });
});

describe('offline', () => {
  it.each(['localFilesOnly', 'HF_HUB_OFFLINE'])('%s takes the copy and asks nobody', async (how) => {
    await loadModel('owner/model', { cacheDir });
    hub.requests.length = 0;
    if (how === 'HF_HUB_OFFLINE') vi.stubEnv('HF_HUB_OFFLINE', '1');
    const events: HubProgress[] = [];
    const options = { cacheDir, onProgress: (event: HubProgress) => events.push(event) };
    const model = await loadModel(
      'owner/model',
      how === 'localFilesOnly' ? { ...options, localFilesOnly: true } : options,
    );
    expect(model.directory).toContain(hub.commit);
    expect(events.map(({ status }) => status)).toEqual(['offline']);
    const error = await failure(loadModel('owner/other', { cacheDir, localFilesOnly: true }));
    expect(error.code).toBe('NOT_FOUND');
    expect(error.message).toMatch(/no copy of the hub's owner\/other at revision main.*HF_HUB_OFFLINE/);
    expect((await failure(loadModel('owner/model', { cacheDir, localFilesOnly: true, revision: 'v9' }))).code).toBe(
      'NOT_FOUND',
    );
    expect(hub.requests).toEqual([]);
  });

  it('reads a cache that other tools filled, in the folder that the environment names', async () => {
    const home = await temporaryFolder();
    const folder = join(home, 'hub', 'models--owner--model');
    const commit = 'd'.repeat(40);
    await mkdir(join(folder, 'blobs'), { recursive: true });
    await mkdir(join(folder, 'refs'), { recursive: true });
    await mkdir(join(folder, 'snapshots', commit), { recursive: true });
    await writeFile(join(folder, 'refs', 'main'), commit);
    for (const [name, content] of hub.files) {
      await writeFile(join(folder, 'blobs', `blob-${name}`), content);
      await symlink(`../../blobs/blob-${name}`, join(folder, 'snapshots', commit, name));
    }
    vi.stubEnv('HF_HUB_CACHE', '');
    vi.stubEnv('HUGGINGFACE_HUB_CACHE', '');
    vi.stubEnv('HF_HOME', home);
    const model = await loadModel('owner/model', { localFilesOnly: true });
    expect(model.directory).toBe(join(folder, 'snapshots', commit));
    expect(await model.weights.read('embeddings.norm.bias')).toHaveLength(12);
    vi.stubEnv('HF_HOME', '');
    vi.stubEnv('HF_HUB_CACHE', join(home, 'hub'));
    expect((await loadModel('owner/model', { localFilesOnly: true, revision: commit })).directory).toBe(
      model.directory,
    );
  });

  it('an earlier copy serves when the hub cannot be reached or is ill', async () => {
    const { directory } = await loadModel('owner/model', { cacheDir });
    vi.stubEnv('HF_ENDPOINT', 'http://127.0.0.1:9');
    const events: HubProgress[] = [];
    expect((await loadModel('owner/model', { cacheDir, onProgress: (event) => events.push(event) })).directory).toBe(
      directory,
    );
    expect(events.at(-1)).toMatchObject({ status: 'offline', directory });
    const error = await failure(loadModel('owner/other', { cacheDir }));
    expect(error.code).toBe('IO');
    expect(error.message).toMatch(
      /owner\/other can't be loaded from the hub: it can't be reached.*local folder needs no network/,
    );
  });
});

describe('trouble on the way', () => {
  const leftovers = async (): Promise<string[]> => {
    const names = await readdir(join(repository(), 'blobs')).catch(() => []);
    return names.filter((name) => name.includes('incomplete'));
  };

  it('a repository that does not exist, or holds no model that can be read', async () => {
    const error = await failure(loadModel('owner/absent', { cacheDir }));
    expect(error).toMatchObject({ code: 'NOT_FOUND', fields: { status: 404 } });
    expect(error.message).toMatch(/no model owner\/absent at revision main.*no folder of this name.*HF_TOKEN/);
    expect((await failure(loadModel('owner/model', { cacheDir, revision: 'v9' }))).message).toMatch(/revision v9/);
    hub.files.delete('model.safetensors');
    hub.files.delete('tokenizer.json');
    hub.files.set('pytorch_model.bin', Buffer.of(1));
    expect((await failure(loadModel('owner/model', { cacheDir }))).message).toMatch(
      /has no tokenizer\.json, no model\.safetensors.*save_pretrained.*CPT.*convert\.py/,
    );
  });

  it('content that is not what was announced', async () => {
    hub.interfere = (path, response) => {
      if (path !== 'model.safetensors') return false;
      const bytes = Buffer.from(hub.files.get(path)!);
      bytes[bytes.length - 1] ^= 1;
      response.writeHead(200, { 'Content-Length': bytes.length }).end(bytes);
      return true;
    };
    const error = await failure(loadModel('owner/model', { cacheDir }));
    expect(error.code).toBe('IO');
    expect(error.message).toMatch(/model\.safetensors was damaged on the way/);
    expect(await leftovers()).toEqual([]);
    hub.interfere = undefined;
    expect((await loadModel('owner/model', { cacheDir })).config.layers).toBe(3);
  });

  it.each([
    [
      'cut off',
      (response: import('node:http').ServerResponse) =>
        response.writeHead(200, { 'Content-Length': 9999 }).write('x', () => response.destroy()),
    ],
    ['endless', (response: import('node:http').ServerResponse) => response.writeHead(200).end(Buffer.alloc(1 << 20))],
    ['an error page', (response: import('node:http').ServerResponse) => response.writeHead(502).end('bad gateway')],
  ])('a transfer that is %s', async (_, respond) => {
    hub.interfere = (path, response) => {
      if (path !== 'model.safetensors') return false;
      respond(response);
      return true;
    };
    const error = await failure(loadModel('owner/model', { cacheDir }));
    expect(error.code).toBe('IO');
    expect(error.message).toContain('model.safetensors');
    expect(await leftovers()).toEqual([]);
    expect(await readdir(join(repository(), 'snapshots', hub.commit))).not.toContain('model.safetensors');
  });

  it('an abort in the middle', async () => {
    const controller = new AbortController();
    hub.interfere = (path, response) => {
      if (path !== 'model.safetensors') return false;
      response.writeHead(200, { 'Content-Length': 9999 }).write('x', () => setTimeout(() => controller.abort(), 20));
      return true;
    };
    expect((await failure(loadModel('owner/model', { cacheDir, signal: controller.signal }))).code).toBe('ABORTED');
    expect(await leftovers()).toEqual([]);
    expect((await failure(loadModel('owner/model', { cacheDir, signal: controller.signal }))).code).toBe('ABORTED');
  });
});

describe('folder or hub', () => {
  it('a folder never touches the network, whatever it is called', async () => {
    const parent = await temporaryFolder();
    const folder = join(parent, 'owner', 'model');
    await cp(join(FAMILIES, 'bert'), folder, { recursive: true });
    await cp(TOKENIZER, folder, { recursive: true });
    const before = process.cwd();
    process.chdir(parent);
    try {
      for (const source of ['owner/model', './owner/model', folder, `file://${folder}`])
        expect((await loadModel(source, { cacheDir })).config.modelType).toBe('bert');
    } finally {
      process.chdir(before);
    }
    for (const source of ['./absent', '../absent', '/absent', '.', '~/absent', 'a\\b'])
      expect((await failure(loadModel(source, { cacheDir }))).code).toBe('NOT_FOUND');
    expect(hub.requests).toEqual([]);
  });

  it.each([
    '',
    'a/b/c',
    'a b',
    'owner/../model',
    'owner/model--x',
    '-a/b',
    'owner/.',
    'owner/model.',
    `a/${'b'.repeat(100)}`,
  ])('refuses %j without asking the hub', async (source) => {
    const error = await failure(loadModel(source, { cacheDir }));
    expect(error.code).toBe('NOT_FOUND');
    expect(hub.requests).toEqual([]);
  });

  it.each(['../main', 'a..b', '/x', 'x y', ''])('refuses the revision %j', async (revision) => {
    expect((await failure(loadModel('owner/model', { cacheDir, revision }))).code).toBe('INVALID_ARGUMENT');
    expect(hub.requests).toEqual([]);
  });
});
