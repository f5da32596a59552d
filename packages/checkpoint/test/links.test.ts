import { cp, lstat, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { assertCopyable, loadModel, type Model, saveModel } from '../src/index.js';
import { failure } from './failure.js';
import { goldenModel, toSave } from './golden-model.js';
import { temporaryFolder } from './temporary-folder.js';

describe('links in the folder of the base', () => {
  /** A golden model whose file of this name is a link. */
  async function linked(name: string, place: (file: string, directory: string) => Promise<string>): Promise<Model> {
    const { directory } = await goldenModel('bert');
    const content = await readFile(join(directory, name)).catch(() => '{"secret": 1}');
    const elsewhere = join(await temporaryFolder(), 'elsewhere.json');
    await writeFile(elsewhere, content);
    const target = await place(elsewhere, directory);
    await rm(join(directory, name), { force: true });
    await symlink(target, join(directory, name));
    return loadModel(directory);
  }

  it.each([
    'tokenizer.json',
    'tokenizer_config.json',
    'special_tokens_map.json',
    'vocab.txt',
    'generation_config.json',
    'config.json',
  ])('%s that leads out is not passed on', async (name) => {
    const model = await linked(name, async (file) => file);
    const target = join(await temporaryFolder(), 'model');
    const error = await failure(saveModel(target, toSave(model)));
    expect([error.code, error.message]).toEqual(['INVALID_CHECKPOINT', expect.stringContaining("in the link's place")]);
    expect(error.fields).toMatchObject({
      path: join(model.directory, name),
      target: expect.stringContaining('elsewhere'),
    });
    expect(await readdir(join(target, '..'))).toEqual([]);
    expect(await failure(assertCopyable(model.directory))).toMatchObject({ code: 'INVALID_CHECKPOINT' });
  });

  it('may lead to a file within, by whatever way the folder is reached', async () => {
    const model = await linked('tokenizer.json', async (file, directory) => {
      await mkdir(join(directory, 'files'));
      await cp(file, join(directory, 'files', '..tokenizer'));
      return 'files/..tokenizer';
    });
    const link = join(await temporaryFolder(), 'link');
    await symlink(model.directory, link);
    const target = join(await temporaryFolder(), 'model');
    await saveModel(target, toSave(await loadModel(link)));
    expect((await lstat(join(target, 'tokenizer.json'))).isFile()).toBe(true);
    expect((await loadModel(target)).tokenizer.fingerprint).toBe(model.tokenizer.fingerprint);
  });

  it("may lead from a snapshot of the hub's cache to a blob of its repository, and nowhere else", async () => {
    const cache = await temporaryFolder();
    const golden = await goldenModel('bert');
    const save = async (repository: string, to: string): Promise<Model> => {
      const snapshot = join(cache, repository, 'snapshots', 'a'.repeat(40));
      const blobs = join(cache, to, 'blobs');
      for (const folder of [snapshot, blobs]) await mkdir(folder, { recursive: true });
      for (const name of await readdir(golden.directory)) {
        await cp(join(golden.directory, name), join(blobs, name));
        await symlink(join('../../..', to, 'blobs', name), join(snapshot, name));
      }
      const target = join(await temporaryFolder(), 'model');
      await saveModel(target, toSave(await loadModel(snapshot)));
      return loadModel(target);
    };
    const saved = await save('models--owner--name', 'models--owner--name');
    expect(saved.tokenizer.fingerprint).toBe(golden.tokenizer.fingerprint);
    await symlink(join(cache, 'models--owner--name', 'blobs'), join(cache, 'blobs'));
    for (const [repository, to] of [
      ['models--owner--other', 'models--owner--name'],
      ['models--owner--third', '.'],
      ['owner', 'owner'],
    ])
      expect(await failure(save(repository, to))).toMatchObject({ code: 'INVALID_CHECKPOINT' });
  });

  it('a link to nothing counts for nothing, a folder is no file', async () => {
    const model = await goldenModel('bert');
    await symlink('nowhere', join(model.directory, 'vocab.txt'));
    const target = join(await temporaryFolder(), 'model');
    await saveModel(target, toSave(model));
    expect(await readdir(target)).not.toContain('vocab.txt');
    await mkdir(join(model.directory, 'merges.txt'));
    expect(await failure(assertCopyable(model.directory))).toMatchObject({
      message: expect.stringContaining('not a regular file'),
    });
  });
});
