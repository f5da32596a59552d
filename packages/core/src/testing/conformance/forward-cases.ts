import { collate, selectSequences, type TokenBatch } from '../../batch.js';
import type { HeadDense, HeadTask } from '../../head.js';
import { assertClose, assertEqual, assertSame, assertTrue } from '../assertions.js';
import { referenceForward } from '../reference/forward.js';
import { tinyBatch } from '../tiny-batch.js';
import { tinyCheckpoint, tinyExitHeads, tinyHead } from '../tiny-checkpoint.js';
import { TINY_FAMILIES } from '../tiny-config.js';
import type { CaseDefinition, ConformanceContext } from './context.js';

export const TASKS: readonly HeadTask[] = ['sequence-classification', 'regression', 'token-classification'];

/** A checkpoint of the small BERT for a task. */
function taskCheckpoint(task: HeadTask): ReturnType<typeof tinyCheckpoint> {
  return tinyCheckpoint({ heads: [tinyHead(task, 3)] });
}

async function matchesReference(context: ConformanceContext, batch: TokenBatch, what: string): Promise<void> {
  for (const task of TASKS) {
    const checkpoint = taskCheckpoint(task);
    const encoder = await context.load(checkpoint);
    const { hidden, logits } = await encoder.forward(batch, { hidden: true });
    const expected = await referenceForward(checkpoint, batch);
    assertClose(logits, expected.logits('main'), context.tolerance.values, `${what}, ${task}, logits`);
    assertClose(hidden ?? [], expected.hidden[3], context.tolerance.values, `${what}, ${task}, hidden`);
  }
}

export const forwardCases: readonly CaseDefinition[] = [
  {
    name: 'forward: an encoder describes itself',
    async run({ backend, load }) {
      const heads = tinyExitHeads('sequence-classification', 3);
      const checkpoint = tinyCheckpoint({ heads });
      const encoder = await load(checkpoint);
      assertEqual(JSON.stringify(encoder.config), JSON.stringify(checkpoint.config), 'config');
      assertEqual(encoder.head?.name, 'main', 'head');
      assertEqual(encoder.heads.map(({ name }) => name).join(), heads.map(({ name }) => name).join(), 'heads');
      assertTrue(backend.capabilities.dtypes.includes(encoder.dtype), 'dtype must be among capabilities.dtypes.');
      assertEqual(encoder.exitTable, undefined, 'exitTable');
      assertEqual(backend.specificationVersion, 'v1', 'specificationVersion');
    },
  },
  {
    name: 'forward: shapes for every task',
    async run({ load }) {
      for (const task of TASKS) {
        const checkpoint = taskCheckpoint(task);
        const batch = tinyBatch(checkpoint.config);
        const T = batch.inputIds.length;
        const C = checkpoint.heads[0].labels.length;
        const encoder = await load(checkpoint);
        const { logits, labels, hidden, account } = await encoder.forward(batch);
        assertEqual(labels, C, `${task}: labels`);
        assertEqual(logits.length, (task === 'token-classification' ? T : 5) * C, `${task}: logits`);
        assertEqual(hidden, undefined, `${task}: hidden, not asked for`);
        assertEqual(account.exitLayers.length, T, `${task}: account.exitLayers`);
        const asked = await encoder.forward(batch, { hidden: true });
        assertEqual(asked.hidden?.length, T * checkpoint.config.hiddenSize, `${task}: hidden`);
      }
    },
  },
  {
    name: 'forward: every kind of head',
    async run({ load, tolerance }) {
      for (const dense of ['none', 'tanh', 'relu', 'gelu', 'tanh+relu'] satisfies HeadDense[]) {
        const checkpoint = tinyCheckpoint({ heads: [tinyHead('sequence-classification', 3, { dense })] });
        const batch = tinyBatch(checkpoint.config);
        const { logits } = await (await load(checkpoint)).forward(batch);
        assertClose(logits, (await referenceForward(checkpoint, batch)).logits('main'), tolerance.values, dense);
      }
    },
  },
  {
    name: 'forward: a token head with a dense layer',
    async run({ load, tolerance }) {
      const checkpoint = tinyCheckpoint({ heads: [tinyHead('token-classification', 3, { dense: 'gelu' })] });
      const batch = tinyBatch(checkpoint.config);
      const { logits } = await (await load(checkpoint)).forward(batch);
      assertClose(logits, (await referenceForward(checkpoint, batch)).logits('main'), tolerance.values, 'logits');
    },
  },
  {
    name: 'forward: a model without heads gives states only',
    async run({ load, tolerance }) {
      const checkpoint = tinyCheckpoint({ heads: [] });
      const batch = tinyBatch(checkpoint.config);
      const encoder = await load(checkpoint);
      assertEqual(encoder.head, undefined, 'head');
      const { logits, labels, hidden } = await encoder.forward(batch, { hidden: true });
      assertEqual(labels, 0, 'labels');
      assertEqual(logits.length, 0, 'logits');
      assertClose(hidden ?? [], (await referenceForward(checkpoint, batch)).hidden[3], tolerance.values, 'hidden');
    },
  },
  {
    name: 'forward: the head option picks the head, inner ones too',
    async run({ load, tolerance }) {
      const inner = tinyHead('token-classification', 2, { name: 'tags' });
      const checkpoint = tinyCheckpoint({ heads: [...tinyExitHeads('sequence-classification', 3), inner] });
      const batch = tinyBatch(checkpoint.config);
      const expected = await referenceForward(checkpoint, batch);
      for (const name of ['exit1', 'exit2', 'main', 'tags']) {
        const encoder = await load(checkpoint, { head: name });
        assertEqual(encoder.head?.name, name, 'head');
        const { logits } = await encoder.forward(batch);
        assertClose(logits, expected.logits(name), tolerance.values, `${name}, logits`);
        const asked = await encoder.forward(batch, { hidden: true });
        assertClose(asked.logits, expected.logits(name), tolerance.values, `${name}, logits beside hidden states`);
        assertClose(asked.hidden ?? [], expected.hidden[3], tolerance.values, `${name}, hidden`);
      }
    },
  },
  {
    name: 'forward: without a head named main, there is no head',
    async run({ load }) {
      const checkpoint = tinyCheckpoint({ heads: [tinyHead('regression', 1, { name: 'exit1' })] });
      const encoder = await load(checkpoint);
      assertEqual(encoder.head, undefined, 'head');
      assertEqual(encoder.heads.length, 1, 'heads');
    },
  },
  {
    name: 'forward: empty batch',
    async run({ load }) {
      for (const task of TASKS) {
        const encoder = await load(taskCheckpoint(task));
        const { logits, labels, hidden, account } = await encoder.forward(collate([]), { hidden: true });
        assertEqual(logits.length, 0, 'logits');
        assertEqual(labels, encoder.head?.labels.length, 'labels');
        assertEqual(hidden?.length, 0, 'hidden');
        assertEqual(account.exitLayers.length, 0, 'account.exitLayers');
        assertSame(account.activeTokens, [0, 0, 0], 'account.activeTokens');
        assertEqual(account.macs, 0, 'account.macs');
        assertEqual(account.denseMacs, 0, 'account.denseMacs');
      }
    },
  },
  {
    name: 'forward: one token',
    run: (context) => matchesReference(context, collate([{ inputIds: [2] }]), 'one token'),
  },
  {
    name: 'forward: longest sequence',
    async run(context) {
      const { config } = tinyCheckpoint();
      const lengths = [config.maxLength];
      await matchesReference(context, tinyBatch(config, { lengths }), 'longest alone');
      await matchesReference(context, tinyBatch(config, { lengths: [...lengths, 1, ...lengths] }), 'longest and one');
    },
  },
  {
    name: 'forward: unequal lengths',
    run: (context) => matchesReference(context, tinyBatch(tinyCheckpoint().config), 'unequal lengths'),
  },
  {
    name: 'forward: pairs, and segments that come and go',
    async run(context) {
      const batch = collate([
        { inputIds: [2, 9, 3, 12, 13, 3], tokenTypeIds: [0, 0, 0, 1, 1, 1] },
        { inputIds: [2, 9, 3, 12, 13, 3] },
        { inputIds: [2, 9, 3, 12], tokenTypeIds: [1, 0, 1, 0] },
      ]);
      await matchesReference(context, batch, 'pairs');
    },
  },
  ...TINY_FAMILIES.map(
    (family): CaseDefinition => ({
      name: `forward: ${family}`,
      async run({ load, tolerance }) {
        for (const task of TASKS) {
          const { layers } = tinyCheckpoint({ family }).config;
          const checkpoint = tinyCheckpoint({ family, heads: [tinyHead(task, layers)] });
          const batch = tinyBatch(checkpoint.config);
          const expected = await referenceForward(checkpoint, batch);
          const encoder = await load(checkpoint);
          const { logits } = await encoder.forward(batch);
          assertClose(logits, expected.logits('main'), tolerance.values, `${task}, logits`);
          const { hidden } = await encoder.forward(batch, { hidden: true });
          assertClose(hidden ?? [], expected.hidden[layers], tolerance.values, `${task}, hidden`);
        }
      },
    }),
  ),
  {
    name: 'forward: segments are ignored where the model has none',
    async run({ load, tolerance }) {
      const checkpoint = tinyCheckpoint({ family: 'distilbert' });
      const encoder = await load(checkpoint);
      const batch = tinyBatch(checkpoint.config);
      const marked = { ...batch, tokenTypeIds: batch.tokenTypeIds.map((_, t) => t % 3) };
      const plain = await encoder.forward(batch);
      assertClose((await encoder.forward(marked)).logits, plain.logits, tolerance.rounding, 'logits');
    },
  },
  {
    name: 'forward: results follow the order of the batch',
    async run({ load, tolerance }) {
      for (const task of TASKS) {
        const checkpoint = taskCheckpoint(task);
        const encoder = await load(checkpoint);
        const batch = tinyBatch(checkpoint.config);
        const rows = [3, 0, 4, 2, 1];
        const { logits } = await encoder.forward(batch);
        const shuffled = await encoder.forward(selectSequences(batch, rows));
        const expected = pickRows(logits, batch, rows, task === 'token-classification', encoder.head!.labels.length);
        assertClose(shuffled.logits, expected, tolerance.rounding, task);
      }
    },
  },
  {
    name: 'forward: results do not depend on who shares the batch',
    async run({ load, tolerance }) {
      for (const task of TASKS) {
        const checkpoint = taskCheckpoint(task);
        const encoder = await load(checkpoint);
        const batch = tinyBatch(checkpoint.config);
        const { logits } = await encoder.forward(batch);
        for (const row of [0, 1, 2, 3, 4]) {
          const alone = await encoder.forward(selectSequences(batch, [row]));
          const expected = pickRows(logits, batch, [row], task === 'token-classification', encoder.head!.labels.length);
          assertClose(alone.logits, expected, tolerance.rounding, `${task}, sequence ${row} alone`);
        }
        const twice = await encoder.forward(selectSequences(batch, [1, 2, 1]));
        const expected = pickRows(
          logits,
          batch,
          [1, 2, 1],
          task === 'token-classification',
          encoder.head!.labels.length,
        );
        assertClose(twice.logits, expected, tolerance.rounding, `${task}, a sequence twice`);
      }
    },
  },
];

/** The values of some sequences out of those of a batch, `width` a row. */
export function pickRows(
  values: ArrayLike<number>,
  batch: TokenBatch,
  rows: readonly number[],
  byToken: boolean,
  width: number,
): number[] {
  const all = Array.from(values);
  return rows.flatMap((row) => {
    const [from, to] = byToken ? [batch.offsets[row], batch.offsets[row + 1]] : [row, row + 1];
    return all.slice(from * width, to * width);
  });
}
