import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collate } from '@hashee/core';
import { tinyCheckpoint, tinyRandomTable } from '@hashee/core/testing';
import { interleave } from '@hashee/eval';
import { onnx } from '@hashee/runtime-onnx';
import { afterAll, expect, test, vi } from 'vitest';
import { ownSteps, torchSteps } from '../training-step/contenders.mjs';
import { compareRows, stepRow, tableLines } from '../training-step/report.mjs';

// Loading ONNX Runtime and starting processes takes its time on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

const folder = mkdtempSync(join(tmpdir(), 'hashee-training-step-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('our steps train, and their times add up', async () => {
  const checkpoint = tinyCheckpoint();
  const table = tinyRandomTable(checkpoint.config);
  const batches = [
    { batch: collate([{ inputIds: [1, 5, 6, 2] }, { inputIds: [1, 9, 2] }]), labels: Int32Array.of(0, 2) },
    { batch: collate([{ inputIds: [1, 7, 2] }]), labels: Int32Array.of(1) },
  ];
  const losses = [{ head: 'main', kind: 'cross-entropy' }] as const;
  const backend = onnx({ threads: 1 });
  const contenders = [
    await ownSteps('hashee dense', backend, checkpoint, { seed: 1, losses, exitTable: null }, batches, 1e-3),
    await ownSteps('hashee exits', backend, checkpoint, { seed: 1, losses, exitTable: table }, batches, 1e-3),
  ];
  const timings = await interleave(contenders, { rounds: 2, warmup: 1 });
  for (const [index, { rounds }] of contenders.entries()) {
    expect(rounds).toHaveLength(3);
    const steps = rounds.slice(1).map(({ forwardBackward, optimizer }) => forwardBackward + optimizer);
    timings[index].milliseconds.forEach((round, i) => {
      expect(round).toBeCloseTo(2 * steps[i], 6);
    });
    expect(Math.min(...rounds.map(({ optimizer }) => optimizer))).toBeGreaterThan(0);
  }
  for (const contender of contenders) await contender.dispose();
  await expect(contenders[0].run()).rejects.toMatchObject({ code: 'DISPOSED' });
});

/** A program that speaks as torch-step.py does. */
const peer = (name: string, body: string) => {
  const script = join(folder, `${name}.mjs`);
  writeFileSync(script, body);
  return torchSteps({
    ...{ python: process.execPath, script, model: 'm', batchFile: 'b', batches: 3, threads: 1 },
    ...{ learningRate: 1e-5, seed: 1 },
  });
};

test('a peer in another process answers round by round, and ends when told so', async () => {
  const torch = await peer(
    'peer',
    `import { createInterface } from 'node:readline';
     console.log(JSON.stringify({ torch: '9', threads: Number(process.argv[process.argv.indexOf('--threads') + 1]) }));
     for await (const line of createInterface({ input: process.stdin }))
       console.log(JSON.stringify({ forward: 2, backward: 5, optimizer: 1, asked: line }));`,
  );
  expect(torch.facts).toEqual({ torch: '9', threads: 1 });
  expect([await torch.run(), await torch.run()]).toEqual([24, 24]);
  expect(torch.rounds).toEqual([
    { forwardBackward: 7, optimizer: 1 },
    { forwardBackward: 7, optimizer: 1 },
  ]);
  await torch.dispose();
});

test('a peer that fails says why', async () => {
  const failing = `console.error("ModuleNotFoundError: No module named 'torch'"); process.exit(1);`;
  await expect(peer('failing', failing)).rejects.toThrow(/ended with 1: ModuleNotFoundError: No module named 'torch'/);
  await expect(
    torchSteps({
      ...{ python: join(folder, 'no-python'), model: 'm', batchFile: 'b', batches: 1, threads: 1 },
      ...{ learningRate: 1e-5, seed: 1 },
    }),
  ).rejects.toThrow(/no-python/);
});

test('rows, ratios and table', () => {
  const round = (forwardBackward: number, optimizer: number) => ({ forwardBackward, optimizer });
  const rows = [
    stepRow('hashee dense', 1, [round(100, 20), round(90, 10), round(300, 10)]),
    stepRow('hashee exits', 1, [round(40, 10), round(30, 10), round(60, 10)]),
    stepRow('torch dense', 1, [round(80, 20), round(90, 10), round(110, 10)]),
  ];
  expect(rows[0]).toMatchObject({ median: 120, minimum: 100, forwardBackward: 100, optimizer: 10 });
  expect(compareRows(rows)).toEqual({ threads: 1, exitsSpeedup: 2.4, denseToTorch: 1.2, exitsToTorch: 0.5 });
  expect(compareRows(rows.slice(0, 2))).toEqual({ threads: 1, exitsSpeedup: 2.4 });
  const lines = tableLines({ rows });
  expect(lines[2].split(/ {2,}/)).toEqual(['1', 'hashee exits', '50.0 (40.0)', '40.0', '10.0', '0.42', '0.50']);
  expect(tableLines({ rows: rows.slice(0, 2) })[1]).toMatch(/ -$/);
});
