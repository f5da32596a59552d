import { collate, selectSequences } from '../../batch.js';
import type { HeadTask } from '../../head.js';
import { assertClose, assertEqual, assertRefused, assertSame, assertTrue } from '../assertions.js';
import { referenceForward } from '../reference/forward.js';
import { tinyBatch, tinyRandomTable } from '../tiny-batch.js';
import { tinyCheckpoint, tinyExitHeads, tinyHead } from '../tiny-checkpoint.js';
import { TINY_FAMILIES, type TinyFamily } from '../tiny-config.js';
import type { CaseDefinition } from './context.js';
import { pickRows } from './forward-cases.js';

const L = 4;
const DEEP = { layers: L, heads: [3, 3, 3, 3] } as const;

/** Heads on every layer, and two that read all tokens, one a token and one with an attention of its own; all can be asked anywhere. */
function passCheckpoint(
  options: { family?: TinyFamily; task?: HeadTask; table?: boolean } = {},
): ReturnType<typeof tinyCheckpoint> {
  const { family = 'bert', task = 'sequence-classification', table = false } = options;
  const config = family === 'bert' ? DEEP : {};
  const shape = tinyCheckpoint({ family, config }).config;
  const tags = tinyHead('token-classification', shape.layers, { name: 'tags' });
  const attending = {
    ...tinyHead('sequence-classification', 1, { name: 'attending' }),
    attention: { units: 6, heads: 2 },
  };
  const heads = [...tinyExitHeads(task, shape.layers), tags, attending];
  return tinyCheckpoint({ family, config, heads, ...(table ? { exitTable: tinyRandomTable(shape, 3) } : {}) });
}

const cases: readonly Omit<CaseDefinition, 'needs'>[] = [
  {
    name: 'pass: in one go it equals forward',
    async run({ load, tolerance }) {
      for (const table of [false, true]) {
        const checkpoint = passCheckpoint({ table });
        const encoder = await load(checkpoint);
        const batch = tinyBatch(checkpoint.config);
        const { logits, hidden } = await encoder.forward(batch, { hidden: true });
        const pass = await encoder.begin(batch);
        assertEqual(pass.layer, 0, 'layer at the beginning');
        assertSame(pass.rows, [0, 1, 2, 3, 4], 'rows at the beginning');
        await pass.advance(L);
        assertEqual(pass.layer, L, 'layer at the end');
        assertClose(await pass.logits('main'), logits, tolerance.rounding, 'logits');
        assertClose(await pass.hidden(), hidden ?? [], tolerance.rounding, 'hidden');
        pass.dispose();
      }
    },
  },
  ...TINY_FAMILIES.map((family) => ({
    name: `pass: layer by layer, every head on the way: ${family}`,
    async run({ load, tolerance }: Parameters<CaseDefinition['run']>[0]) {
      for (const table of [false, true]) {
        const checkpoint = passCheckpoint({ family, table });
        const { layers } = checkpoint.config;
        const encoder = await load(checkpoint);
        const batch = tinyBatch(checkpoint.config);
        const expected = await referenceForward(checkpoint, batch);
        const pass = await encoder.begin(batch);
        assertClose(await pass.hidden(), expected.hidden[0], tolerance.values, 'embeddings');
        for (let layer = 1; layer <= layers; layer++) {
          await pass.advance(layer);
          assertEqual(pass.layer, layer, 'layer');
          assertClose(await pass.hidden(), expected.hidden[layer], tolerance.values, `layer ${layer}, hidden`);
          // Any head may be asked anywhere; it answers on the present states.
          for (const head of ['main', layer < layers ? `exit${layer}` : 'main', 'tags', 'attending'])
            assertClose(
              await pass.logits(head),
              expected.logits(head, layer),
              tolerance.values,
              `layer ${layer}, ${head}`,
            );
        }
        pass.dispose();
      }
    },
  })),
  {
    name: 'pass: other tasks on the way',
    async run({ load, tolerance }) {
      for (const task of ['regression', 'token-classification'] as const) {
        const checkpoint = passCheckpoint({ task });
        const encoder = await load(checkpoint);
        const batch = tinyBatch(checkpoint.config);
        const expected = await referenceForward(checkpoint, batch);
        const pass = await encoder.begin(batch);
        await pass.advance(2);
        assertClose(await pass.logits('exit2'), expected.logits('exit2'), tolerance.values, task);
        pass.dispose();
      }
    },
  },
  {
    name: 'pass: keep goes on with some sequences, in any order',
    async run({ load, tolerance }) {
      for (const table of [false, true]) {
        const checkpoint = passCheckpoint({ table });
        const H = checkpoint.config.hiddenSize;
        const encoder = await load(checkpoint);
        const batch = tinyBatch(checkpoint.config);
        const expected = await referenceForward(checkpoint, batch);
        const pass = await encoder.begin(batch);
        const check = async (rows: number[], layer: number): Promise<void> => {
          assertSame(pass.rows, rows, 'rows');
          const states = pickRows(expected.hidden[layer], batch, rows, true, H);
          assertClose(await pass.hidden(), states, tolerance.values, `rows ${rows.join()}, layer ${layer}, hidden`);
          const logits = pickRows(expected.logits('main', layer), batch, rows, false, 3);
          assertClose(await pass.logits('main'), logits, tolerance.values, `rows ${rows.join()}, layer ${layer}`);
          const tags = pickRows(expected.logits('tags', layer), batch, rows, true, 5);
          assertClose(await pass.logits('tags'), tags, tolerance.values, `rows ${rows.join()}, layer ${layer}, tags`);
          const attending = pickRows(expected.logits('attending', layer), batch, rows, false, 3);
          const what = `rows ${rows.join()}, layer ${layer}, attending`;
          assertClose(await pass.logits('attending'), attending, tolerance.values, what);
        };
        await pass.advance(1);
        pass.keep([3, 0, 2, 4]);
        await check([3, 0, 2, 4], 1);
        await pass.advance(2);
        await check([3, 0, 2, 4], 2);
        pass.keep(Int32Array.of(2, 3));
        await check([2, 3], 2);
        pass.keep([2, 3]);
        await pass.advance(3);
        pass.keep([3]);
        await pass.advance(4);
        await check([3], 4);
        pass.dispose();
      }
    },
  },
  {
    name: 'pass: keep before the first layer, down to empty, and on with nothing',
    async run({ load, tolerance }) {
      const checkpoint = passCheckpoint();
      const encoder = await load(checkpoint);
      const batch = tinyBatch(checkpoint.config);
      const expected = await referenceForward(checkpoint, selectSequences(batch, [4]));
      const pass = await encoder.begin(batch);
      pass.keep([4]);
      await pass.advance(2);
      assertClose(await pass.logits('exit2'), expected.logits('exit2'), tolerance.values, 'the one that stayed');
      pass.keep([]);
      assertEqual(pass.rows.length, 0, 'rows');
      await pass.advance(3);
      assertEqual(pass.layer, 3, 'layer');
      assertEqual((await pass.logits('main')).length, 0, 'logits');
      assertEqual((await pass.logits('attending')).length, 0, 'logits of a head that attends');
      assertEqual((await pass.hidden()).length, 0, 'hidden');
      pass.keep([]);
      await pass.advance(4);
      pass.dispose();
    },
  },
  {
    name: 'pass: an empty batch',
    async run({ load }) {
      const encoder = await load(passCheckpoint());
      const pass = await encoder.begin(collate([]));
      assertEqual(pass.rows.length, 0, 'rows');
      await pass.advance(L);
      assertEqual((await pass.logits('main')).length, 0, 'logits');
      assertEqual(pass.account().macs, 0, 'macs');
      pass.dispose();
    },
  },
  {
    name: 'pass: rows is a copy, and what it gave keeps its values',
    async run({ load }) {
      const checkpoint = passCheckpoint();
      const encoder = await load(checkpoint);
      const pass = await encoder.begin(tinyBatch(checkpoint.config));
      await pass.advance(1);
      const [states, logits, rows] = [await pass.hidden(), await pass.logits('exit1'), pass.rows];
      const [statesBefore, logitsBefore] = [states.slice(), logits.slice()];
      pass.keep([1, 2]);
      await pass.advance(L);
      await pass.logits('main');
      assertSame(states, statesBefore, 'hidden of layer 1, later');
      assertSame(logits, logitsBefore, 'logits of layer 1, later');
      assertSame(rows, [0, 1, 2, 3, 4], 'rows, later');
      pass.rows.fill(9);
      assertSame(pass.rows, [1, 2], 'rows after a caller wrote to them');
      pass.dispose();
    },
  },
  {
    name: 'pass: a head with an attention of its own is counted by tokens, and is not the head of forward',
    async run({ load }) {
      const checkpoint = passCheckpoint();
      const encoder = await load(checkpoint);
      const batch = tinyBatch(checkpoint.config);
      const pass = await encoder.begin(batch);
      await pass.advance(1);
      pass.keep([3, 0]);
      const before = pass.account().macs;
      await pass.logits('attending');
      const tokens = [3, 0].reduce((sum, b) => sum + batch.offsets[b + 1] - batch.offsets[b], 0);
      const { hiddenSize: H } = checkpoint.config;
      // U = 6 units, 3 labels: reduction, keys, values, scores and mixture by token; query, output, dense, classifier by sequence.
      const expected = tokens * (6 * H + 2 * 36 + 12) + 2 * (3 * 36 + 18);
      assertEqual(pass.account().macs - before, expected, 'multiply-accumulates of the head');
      await pass.advance(2, { read: 'first' });
      await assertRefused(
        () => pass.logits('attending'),
        'INVALID_ARGUMENT',
        'a head that attends, after first tokens only',
      );
      pass.dispose();
      await assertRefused(
        () => load(checkpoint, { head: 'attending' }),
        'INVALID_CONFIG',
        'forward with a head that attends',
      );
      for (const attention of [
        { units: 6, heads: 4 },
        { units: 0, heads: 1 },
        { units: 6, heads: 1.5 },
      ]) {
        const head = { ...tinyHead('sequence-classification', 1, { name: 'bad' }), attention };
        const bad = { ...checkpoint, heads: [...checkpoint.heads, head] };
        await assertRefused(() => load(bad), 'INVALID_CONFIG', JSON.stringify(attention));
      }
    },
  },
  {
    name: 'pass: refuses what it cannot do and goes on',
    async run({ load, tolerance }) {
      const checkpoint = passCheckpoint();
      const encoder = await load(checkpoint);
      const batch = tinyBatch(checkpoint.config);
      const pass = await encoder.begin(batch);
      await assertRefused(() => pass.advance(0), 'INVALID_ARGUMENT', 'advance(0)');
      await assertRefused(() => pass.advance(1.5), 'INVALID_ARGUMENT', 'advance(1.5)');
      await assertRefused(() => pass.advance(Number.NaN), 'INVALID_ARGUMENT', 'advance(NaN)');
      await assertRefused(() => pass.advance(L + 1), 'INVALID_ARGUMENT', 'advance(L + 1)');
      await pass.advance(2);
      await assertRefused(() => pass.advance(2), 'INVALID_ARGUMENT', 'advance to where it is');
      await assertRefused(() => pass.advance(1), 'INVALID_ARGUMENT', 'advance back');
      await assertRefused(() => pass.logits('nobody'), 'NOT_FOUND', 'an unknown head');
      await assertRefused(() => pass.keep([5]), 'INVALID_ARGUMENT', 'keep of a row outside the batch');
      await assertRefused(() => pass.keep([-1]), 'INVALID_ARGUMENT', 'keep of a negative row');
      await assertRefused(() => pass.keep([1, 1]), 'INVALID_ARGUMENT', 'keep of a row twice');
      pass.keep([0, 1]);
      await assertRefused(() => pass.keep([2]), 'INVALID_ARGUMENT', 'keep of a row that left');
      assertSame(pass.rows, [0, 1], 'rows');
      await pass.advance(L);
      const expected = pickRows((await referenceForward(checkpoint, batch)).logits('main'), batch, [0, 1], false, 3);
      assertClose(await pass.logits('main'), expected, tolerance.values, 'logits after the refusals');
      pass.dispose();
    },
  },
  {
    name: 'pass: refuses a bad batch',
    async run({ load }) {
      const encoder = await load(passCheckpoint());
      await assertRefused(() => encoder.begin(collate([{ inputIds: [999] }])), 'INVALID_BATCH', 'an id outside');
      const long = collate([{ inputIds: new Int32Array(13).fill(9) }]);
      await assertRefused(() => encoder.begin(long), 'INVALID_BATCH', 'an over-long sequence');
    },
  },
  {
    name: 'pass: the last layer for first tokens only',
    async run({ load, tolerance }) {
      for (const table of [false, true]) {
        const checkpoint = passCheckpoint({ table });
        const encoder = await load(checkpoint);
        const batch = tinyBatch(checkpoint.config);
        const expected = await referenceForward(checkpoint, batch);
        for (const from of [0, 2]) {
          const pass = await encoder.begin(batch);
          if (from > 0) await pass.advance(from);
          await pass.advance(L, { read: 'first' });
          assertClose(await pass.logits('main'), expected.logits('main'), tolerance.values, 'logits');
          pass.keep([4, 1]);
          const kept = pickRows(expected.logits('main'), batch, [4, 1], false, 3);
          assertClose(await pass.logits('main'), kept, tolerance.values, 'logits of those kept');
          await assertRefused(() => pass.hidden(), 'INVALID_ARGUMENT', 'hidden');
          await assertRefused(() => pass.logits('tags'), 'INVALID_ARGUMENT', 'a head that reads all tokens');
          pass.dispose();
        }
        const pass = await encoder.begin(batch);
        await pass.advance(2, { read: 'first' });
        assertClose(await pass.logits('exit2'), expected.logits('exit2'), tolerance.values, 'logits of an inner layer');
        await assertRefused(() => pass.advance(3), 'INVALID_ARGUMENT', 'advance after first tokens only');
        pass.dispose();
      }
    },
  },
  {
    name: 'pass: exit layers are those of forward, also where the last layer is for first tokens only',
    async run({ load }) {
      for (const table of [false, true]) {
        const checkpoint = passCheckpoint({ table });
        const encoder = await load(checkpoint);
        const batch = tinyBatch(checkpoint.config, { lengths: [5, 1, 8] });
        const { account } = await encoder.forward(batch);
        for (const read of ['all', 'first'] as const) {
          const pass = await encoder.begin(batch);
          await pass.advance(L, { read });
          assertSame(pass.account().exitLayers, account.exitLayers, `${read}, exitLayers`);
          pass.dispose();
        }
        const pass = await encoder.begin(batch);
        await pass.advance(1);
        pass.keep([2]);
        await pass.advance(2, { read: 'first' });
        const expected = account.exitLayers.map((exit, t) => Math.min(exit, t < batch.offsets[2] ? 1 : 2));
        assertSame(pass.account().exitLayers, expected, 'exitLayers where sequences left');
        pass.dispose();
      }
    },
  },
  {
    name: 'pass: a head that shares the tensors of another',
    async run({ load, tolerance }) {
      const heads = [
        { ...tinyHead('sequence-classification', 1, { name: 'exit1' }), shares: { dense: 'main', classifier: 'main' } },
        tinyHead('sequence-classification', 3),
      ];
      const checkpoint = tinyCheckpoint({ heads });
      const encoder = await load(checkpoint);
      const batch = tinyBatch(checkpoint.config);
      const expected = await referenceForward(checkpoint, batch);
      const pass = await encoder.begin(batch);
      await pass.advance(1);
      assertClose(await pass.logits('exit1'), expected.logits('exit1'), tolerance.values, 'exit1');
      assertClose(await pass.logits('main'), expected.logits('exit1'), tolerance.values, 'main, asked at layer 1');
      pass.dispose();
      const forward = await (await load(checkpoint, { head: 'exit1' })).forward(batch);
      assertClose(forward.logits, expected.logits('exit1'), tolerance.values, 'forward');
      for (const shares of [{ dense: 'nobody' }, { classifier: 'exit1' }])
        await assertRefused(
          () => load({ ...checkpoint, heads: [heads[0], { ...heads[1], shares }] }),
          'INVALID_CONFIG',
          JSON.stringify(shares),
        );
    },
  },
  {
    name: 'pass: several at once, and forward in between',
    async run({ load, tolerance }) {
      const checkpoint = passCheckpoint();
      const encoder = await load(checkpoint);
      const batches = [1, 2, 3].map((seed) => tinyBatch(checkpoint.config, { seed, lengths: [seed, 4, 9] }));
      const expected = await Promise.all(batches.map((batch) => referenceForward(checkpoint, batch)));
      const passes = await Promise.all(batches.map((batch) => encoder.begin(batch)));
      for (let layer = 1; layer <= L; layer++) {
        const [, , , between] = await Promise.all([
          ...passes.map((pass) => pass.advance(layer)),
          encoder.forward(batches[0]),
        ]);
        assertClose(
          (between as { logits: Float32Array }).logits,
          expected[0].logits('main'),
          tolerance.values,
          'forward',
        );
      }
      for (const [i, pass] of passes.entries()) {
        assertClose(await pass.logits('main'), expected[i].logits('main'), tolerance.values, `pass ${i}`);
        pass.dispose();
      }
    },
  },
  {
    name: 'pass: abort',
    async run({ load }) {
      const checkpoint = passCheckpoint();
      const encoder = await load(checkpoint);
      const batch = tinyBatch(checkpoint.config);
      await assertRefused(() => encoder.begin(batch, { signal: AbortSignal.abort('no') }), 'ABORTED', 'begin');
      const controller = new AbortController();
      const pass = await encoder.begin(batch, { signal: controller.signal });
      await pass.advance(1);
      controller.abort('enough');
      const error = await assertRefused(() => pass.advance(2), 'ABORTED', 'advance after abort');
      assertEqual(error.cause, 'enough', 'cause');
      pass.dispose();
    },
  },
  {
    name: 'pass: dispose is idempotent, and final',
    async run({ load }) {
      const checkpoint = passCheckpoint();
      const encoder = await load(checkpoint);
      const pass = await encoder.begin(tinyBatch(checkpoint.config));
      await pass.advance(1);
      pass.dispose();
      pass.dispose();
      await assertRefused(() => pass.advance(2), 'DISPOSED', 'advance');
      await assertRefused(() => pass.logits('main'), 'DISPOSED', 'logits');
      await assertRefused(() => pass.hidden(), 'DISPOSED', 'hidden');
      await assertRefused(() => pass.keep([0]), 'DISPOSED', 'keep');
      await encoder.forward(tinyBatch(checkpoint.config));
    },
  },
  {
    name: 'pass: ends with its encoder',
    async run({ load }) {
      const checkpoint = passCheckpoint();
      const encoder = await load(checkpoint);
      const pass = await encoder.begin(tinyBatch(checkpoint.config));
      await pass.advance(1);
      await encoder.dispose();
      await assertRefused(() => pass.advance(2), 'DISPOSED', 'advance');
      await assertRefused(() => encoder.begin(tinyBatch(checkpoint.config)), 'DISPOSED', 'begin');
      pass.dispose();
    },
  },
  {
    name: 'pass: the account is of the layers that ran, for the sequences that were inside',
    async run({ load, backend }) {
      const checkpoint = passCheckpoint({ table: true });
      const encoder = await load(checkpoint);
      const batch = tinyBatch(checkpoint.config, { lengths: [5, 3, 8] });
      const { exitLayers } = await referenceForward(checkpoint, batch);
      const pass = await encoder.begin(batch);
      assertTrue(
        pass.account().activeTokens.every((count) => count === 0),
        'Nothing is computed before advance().',
      );
      await pass.advance(1);
      assertSame(pass.account().activeTokens, [16, 0, 0, 0], 'activeTokens after layer 1');
      pass.keep([2, 0]);
      await pass.advance(2);
      pass.keep([2]);
      await pass.advance(4);
      // Tokens 0-4 left with their sequence after layer 2, tokens 5-7 after layer 1.
      const limit = (t: number): number => (t < 5 ? 2 : t < 8 ? 1 : 4);
      const expected = exitLayers.map((exit, t) => Math.min(exit, limit(t)));
      const account = pass.account();
      assertSame(account.exitLayers, expected, 'exitLayers');
      const counts = [1, 2, 3, 4].map((layer) => expected.reduce((sum, last) => sum + (last >= layer ? 1 : 0), 0));
      assertSame(account.activeTokens, counts, 'activeTokens');
      assertEqual(account.runtime, backend.name, 'runtime');
      pass.dispose();
    },
  },
];

export const passCases: readonly CaseDefinition[] = cases.map((definition) => ({ ...definition, needs: 'passes' }));
