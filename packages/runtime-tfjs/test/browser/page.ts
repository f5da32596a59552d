/** What the browser test runs inside the page; bundled by it. */
import { collate } from '@hashee/core';
import { tinyBatch, tinyCheckpoint, tinyRandomTable } from '@hashee/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { type EngineName, tfjs } from '../../src/index.js';

export interface PageResult {
  readonly device: string;
  readonly logits: readonly number[];
  readonly hidden: readonly number[];
  readonly passLogits: readonly number[];
  readonly losses: readonly number[];
  readonly tensorsLeft: number;
}

/** The model and batch that page and test share. */
export function setup(): { checkpoint: ReturnType<typeof tinyCheckpoint>; batch: ReturnType<typeof tinyBatch> } {
  const { config } = tinyCheckpoint();
  const checkpoint = tinyCheckpoint({ exitTable: tinyRandomTable(config, 2) });
  return { checkpoint, batch: tinyBatch(config, { lengths: [7, 1, 12, 3] }) };
}

export async function runEngine(engine: EngineName): Promise<PageResult> {
  const { checkpoint, batch } = setup();
  const backend = tfjs({ engine, wasmPaths: '/wasm/' });
  const encoder = await backend.load(checkpoint);
  const { logits, hidden, account } = await encoder.forward(batch, { hidden: true });
  const pass = await encoder.begin(batch);
  await pass.advance(1);
  pass.keep([2, 0]);
  await pass.advance(checkpoint.config.layers);
  const passLogits = await pass.logits('main');
  await encoder.dispose();

  const trainer = await backend.createTrainer!(checkpoint, {
    seed: 1,
    dropout: 0,
    losses: [{ head: 'main', kind: 'cross-entropy' }],
  });
  const losses: number[] = [];
  for (let step = 0; step < 3; step++) {
    losses.push((await trainer.accumulate(batch, { labels: Int32Array.of(0, 1, 2, 0) })).loss);
    await trainer.update({ learningRate: 1e-2 });
  }
  await trainer.accumulate(collate([{ inputIds: [2, 9, 3] }]), { labels: Int32Array.of(1) });
  await trainer.dispose();
  return {
    device: account.device,
    logits: Array.from(logits),
    hidden: Array.from(hidden ?? []),
    passLogits: Array.from(passLogits),
    losses,
    tensorsLeft: tf.memory().numTensors,
  };
}

Object.assign(globalThis, { runEngine });
