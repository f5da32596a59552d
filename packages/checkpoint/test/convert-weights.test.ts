import { spawnSync } from 'node:child_process';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadSequenceToSequenceCheckpoint, readSafetensors } from '../src/index.js';
import { temporaryFolder } from './temporary-folder.js';

const SCRIPT = join(import.meta.dirname, '../../../tooling/convert-weights/convert.py');
const CPT = join(import.meta.dirname, '../../runtime-onnx/test/golden/cpt');

const python = process.env['HASHEE_PYTHON'] ?? 'python3';
const run = (...words: string[]): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(python, words, { encoding: 'utf8' });
const available = run('--version').status === 0;
const complete =
  run('-c', 'import numpy, safetensors, torch; assert [*map(int, torch.__version__.split(".")[:2])] >= [2, 6]')
    .status === 0;
const reason = complete ? '' : `: skipped, ${python} (HASHEE_PYTHON) lacks numpy, safetensors or torch 2.6`;

/** The weights of a folder as torch pickles them: one word table under all its names, and positions that are no weights. */
const PICKLE = `
import json, sys, torch
from safetensors.torch import load_file
folder, shards = sys.argv[1], int(sys.argv[2])
tensors = load_file(folder + "/model.safetensors")
table = tensors["model.shared.weight"]
tensors = {name: table if torch.equal(value, table) else value for name, value in tensors.items()}
tensors["model.encoder.embeddings.position_ids"] = torch.arange(48).expand(1, -1)
names = list(tensors)
if shards == 1:
    torch.save(tensors, folder + "/pytorch_model.bin")
else:
    files = {name: f"pytorch_model-{i % shards}.bin" for i, name in enumerate(names)}
    for file in set(files.values()):
        torch.save({name: tensors[name] for name in names if files[name] == file}, folder + "/" + file)
    json.dump({"weight_map": files}, open(folder + "/pytorch_model.bin.index.json", "w"))
`;

const HOSTILE = `
import os, sys, torch
class Hostile:
    def __reduce__(self):
        return os.mkdir, (sys.argv[1] + "/done",)
torch.save({"weight": Hostile()}, sys.argv[1] + "/pytorch_model.bin")
`;

describe.skipIf(!available)('tooling/convert-weights', () => {
  test('explains itself, and says what it expected', async () => {
    expect(run(SCRIPT, '--help').stdout).toMatch(/usage: convert\.py.*model\.safetensors.*--overwrite/s);
    const folder = await temporaryFolder();
    const empty = run(SCRIPT, folder);
    expect([empty.status, empty.stderr]).toEqual([1, expect.stringContaining('no pytorch_model.bin')]);
    await writeFile(join(folder, 'pytorch_model.bin.index.json'), '{"weight_map": {"a": "../outside.bin"}}');
    expect(run(SCRIPT, folder).stderr).toContain("names '../outside.bin'; expected files of the folder itself");
    await writeFile(join(folder, 'pytorch_model.bin'), '');
    await writeFile(join(folder, 'model.safetensors'), '');
    expect(run(SCRIPT, folder).stderr).toContain('--overwrite replaces it');
  });
});

describe.skipIf(!complete)(`tooling/convert-weights with torch${reason}`, () => {
  test.each([1, 2])('a CPT stays one, with the same weights under the same names; files: %i', async (shards) => {
    const folder = await temporaryFolder();
    await cp(CPT, folder, { recursive: true });
    const config = await readFile(join(folder, 'config.json'));
    expect(run('-c', PICKLE, folder, String(shards))).toMatchObject({ status: 0, stderr: '' });
    await rm(join(folder, 'model.safetensors'));
    expect(run(SCRIPT, folder)).toMatchObject({ status: 0, stderr: '' });
    expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([]);
    expect((await readFile(join(folder, 'config.json'))).equals(config)).toBe(true);

    const [before, after] = await Promise.all(
      [CPT, folder].map((path) => readSafetensors(join(path, 'model.safetensors'))),
    );
    const positions = 'model.encoder.embeddings.position_ids';
    expect(after.names().toSorted()).toEqual([...before.names(), positions].toSorted());
    for (const name of before.names()) expect(await after.readRaw(name)).toEqual(await before.readRaw(name));
    const [original, converted] = await Promise.all(
      [CPT, folder].map((path) => loadSequenceToSequenceCheckpoint(path)),
    );
    expect(converted.config).toEqual(original.config);
    expect(converted.config.modelType).toBe('cpt');
  });

  test('what is in a pickle is not run', async () => {
    const folder = await temporaryFolder();
    expect(run('-c', HOSTILE, folder).status).toBe(0);
    const refused = run(SCRIPT, folder);
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining("can't be read as weights alone")]);
    expect(await readdir(folder)).toEqual(['pytorch_model.bin']);
  });
});
