import { collate, selectSequences, type TokenBatch } from '../../batch.js';
import type { ExitTable } from '../../exit-table.js';
import { Random } from '../../random.js';
import { assertClose, assertEqual, assertSame, assertTrue } from '../assertions.js';
import { referenceForward } from '../reference/forward.js';
import { TINY_SPECIAL_IDS, tinyBatch, tinyExitTable, tinyRandomTable } from '../tiny-batch.js';
import { tinyCheckpoint, tinyHead } from '../tiny-checkpoint.js';
import { TINY_FAMILIES, type TinyFamily } from '../tiny-config.js';
import type { CaseDefinition, ConformanceContext } from './context.js';
import { pickRows, TASKS } from './forward-cases.js';

/** Four layers, so that tokens can leave at more than one inner layer. */
const DEEP = { layers: 4, heads: [3, 3, 3, 3] } as const;

/** Logits for every task and carried-up states, with and without asking for the states, equal the reference. */
async function matchesReference(
  { load, tolerance }: ConformanceContext,
  given: { family?: TinyFamily; table?: ExitTable; batch: TokenBatch; what: string },
): Promise<void> {
  const { family = 'bert', table, batch, what } = given;
  const config = family === 'bert' ? DEEP : {};
  for (const task of TASKS) {
    const { layers } = tinyCheckpoint({ family, config }).config;
    const heads = [tinyHead(task, layers)];
    const checkpoint = tinyCheckpoint({ family, config, heads, ...(table ? { exitTable: table } : {}) });
    const expected = await referenceForward(checkpoint, batch);
    const dense = await referenceForward(checkpoint, { ...batch, exitLayers: expected.exitLayers.map(() => layers) });
    assertExitsMatter(expected.exitLayers, layers, expected.hidden[layers], dense.hidden[layers], what);
    const encoder = await load(checkpoint);
    const plain = await encoder.forward(batch);
    assertClose(plain.logits, expected.logits('main'), tolerance.values, `${what}, ${task}, logits`);
    assertSame(plain.account.exitLayers, expected.exitLayers, `${what}, ${task}, account.exitLayers`);
    const asked = await encoder.forward(batch, { hidden: true });
    assertClose(asked.logits, expected.logits('main'), tolerance.values, `${what}, ${task}, logits beside states`);
    assertClose(asked.hidden ?? [], expected.hidden[layers], tolerance.values, `${what}, ${task}, hidden`);
  }
}

/** Guards the case itself: exits that change nothing would test nothing. */
function assertExitsMatter(
  exits: Uint8Array,
  layers: number,
  states: Float64Array,
  dense: Float64Array,
  what: string,
): void {
  if (exits.every((exit) => exit === layers)) return;
  const moved = states.reduce((largest, value, i) => Math.max(largest, Math.abs(value - dense[i])), 0);
  assertTrue(moved > 1e-2, `${what}: the exits must change the states, they moved by ${moved}.`);
}

const deepConfig = tinyCheckpoint({ config: DEEP }).config;

function withExits(batch: TokenBatch, exit: (t: number, s: number, b: number) => number): TokenBatch {
  const exitLayers = new Uint8Array(batch.inputIds.length);
  for (let b = 0; b + 1 < batch.offsets.length; b++)
    for (let t = batch.offsets[b]; t < batch.offsets[b + 1]; t++) exitLayers[t] = exit(t, t - batch.offsets[b], b);
  return { ...batch, exitLayers };
}

export const exitCases: readonly CaseDefinition[] = [
  {
    name: 'exits: all at L is the dense model',
    async run({ load, tolerance }) {
      for (const family of TINY_FAMILIES) {
        const checkpoint = tinyCheckpoint({ family });
        const { config } = checkpoint;
        const batch = tinyBatch(config);
        const table = tinyExitTable(config, () => config.layers);
        const dense = await (await load(checkpoint)).forward(batch, { hidden: true });
        const encoder = await load(checkpoint, { exitTable: table });
        assertEqual(encoder.exitTable, table, 'exitTable');
        const exits = await encoder.forward(batch, { hidden: true });
        assertClose(exits.logits, dense.logits, tolerance.rounding, `${family}, logits`);
        assertClose(exits.hidden ?? [], dense.hidden ?? [], tolerance.rounding, `${family}, hidden`);
        const full = withExits(batch, () => config.layers);
        assertClose((await encoder.forward(full)).logits, dense.logits, tolerance.rounding, `${family}, by occurrence`);
      }
    },
  },
  ...[1, 2, 3].map(
    (seed): CaseDefinition => ({
      name: `exits: random table ${seed}`,
      run: (context) =>
        matchesReference(context, {
          table: tinyRandomTable(deepConfig, seed),
          batch: tinyBatch(deepConfig, { seed, lengths: [7, 1, 12, 3, 5, 12, 2] }),
          what: `random table ${seed}`,
        }),
    }),
  ),
  ...TINY_FAMILIES.filter((family) => family !== 'bert').map(
    (family): CaseDefinition => ({
      name: `exits: ${family}`,
      run: (context) => {
        const { config } = tinyCheckpoint({ family });
        return matchesReference(context, {
          family,
          table: tinyRandomTable(config, 4),
          batch: tinyBatch(config),
          what: family,
        });
      },
    }),
  ),
  {
    name: 'exits: layers with no active token but the special ones',
    run: async (context) => {
      for (const layer of [1, 2, 3])
        await matchesReference(context, {
          table: tinyExitTable(deepConfig, () => layer),
          batch: tinyBatch(deepConfig),
          what: `ordinary tokens leave after layer ${layer}`,
        });
    },
  },
  {
    name: 'exits: layer 1 for all but the first token',
    run: (context) =>
      matchesReference(context, {
        batch: withExits(tinyBatch(deepConfig), (_, s) => (s === 0 ? deepConfig.layers : 1)),
        what: 'all but the first',
      }),
  },
  {
    name: 'exits: everything at one layer, the first token too',
    run: async (context) => {
      for (const layer of [1, 2, 4]) {
        const exitLayer = new Uint8Array(deepConfig.vocabSize).fill(layer);
        const table = { layers: deepConfig.layers, exitLayer, hash: { name: 'uniform', parameters: { layer } } };
        await matchesReference(context, { table, batch: tinyBatch(deepConfig), what: `all at layer ${layer}` });
      }
    },
  },
  {
    name: 'exits: first tokens that leave early are read where they froze',
    run: async (context) => {
      const batch = tinyBatch(deepConfig);
      const some = withExits(batch, (_, s, b) => (s === 0 ? 1 + (b % deepConfig.layers) : deepConfig.layers));
      await matchesReference(context, { batch: some, what: 'first tokens at unequal layers' });
      const all = withExits(batch, (_, s) => (s === 0 ? 1 : deepConfig.layers));
      await matchesReference(context, { batch: all, what: 'first tokens at layer 1' });
      const firstOnly = withExits(batch, (_, s) => (s === 0 ? 2 : 1));
      await matchesReference(context, { batch: firstOnly, what: 'first tokens at layer 2, others at layer 1' });
    },
  },
  {
    name: 'exits: whole sequences leave while others go on',
    run: async (context) => {
      const batch = withExits(tinyBatch(deepConfig), (_, s, b) => (b % 2 === 0 ? 1 : 1 + (s % 4)));
      await matchesReference(context, { batch, what: 'every other sequence at layer 1' });
    },
  },
  {
    name: 'exits: far more active tokens in one sequence than in another',
    run: async (context) => {
      const batch = withExits(tinyBatch(deepConfig, { lengths: [12, 2, 12] }), (_, s, b) =>
        b === 1 ? 4 : s < 11 ? 1 : 3,
      );
      await matchesReference(context, { batch, what: 'uneven counts' });
    },
  },
  {
    name: 'exits: exit layers of the batch override the table',
    async run({ load, tolerance }) {
      const checkpoint = tinyCheckpoint({ config: DEEP, exitTable: tinyExitTable(deepConfig, () => 1) });
      const encoder = await load(checkpoint);
      const batch = tinyBatch(deepConfig);
      const override = withExits(batch, (t) => 1 + (t % 4));
      const expected = await referenceForward(checkpoint, override);
      const { logits, account } = await encoder.forward(override);
      assertClose(logits, expected.logits('main'), tolerance.values, 'logits');
      assertSame(account.exitLayers, override.exitLayers ?? [], 'account.exitLayers');
      const plain = await encoder.forward(batch);
      const byTable = await referenceForward(checkpoint, batch);
      assertClose(plain.logits, byTable.logits('main'), tolerance.values, 'logits by the table, afterwards');
    },
  },
  {
    name: 'exits: the exitTable option replaces or switches off the checkpoint’s table',
    async run({ load, tolerance }) {
      const own = tinyRandomTable(deepConfig, 5);
      const other = tinyRandomTable(deepConfig, 6);
      const checkpoint = tinyCheckpoint({ config: DEEP, exitTable: own });
      const batch = tinyBatch(deepConfig);
      for (const exitTable of [undefined, other, null]) {
        const encoder = await load(checkpoint, { exitTable });
        assertEqual(encoder.exitTable, exitTable === undefined ? own : (exitTable ?? undefined), 'exitTable');
        const expected = await referenceForward(checkpoint, batch, { exitTable });
        const { logits } = await encoder.forward(batch);
        assertClose(logits, expected.logits('main'), tolerance.values, String(exitTable && 'table'));
      }
    },
  },
  {
    name: 'exits: an inner head reads the states of its own layer',
    async run({ load, tolerance }) {
      const heads = [tinyHead('sequence-classification', 2), tinyHead('token-classification', 2, { name: 'tags' })];
      const checkpoint = tinyCheckpoint({ config: DEEP, heads, exitTable: tinyRandomTable(deepConfig, 7) });
      const batch = tinyBatch(deepConfig);
      const expected = await referenceForward(checkpoint, batch);
      for (const head of ['main', 'tags']) {
        const encoder = await load(checkpoint, { head });
        assertClose((await encoder.forward(batch)).logits, expected.logits(head), tolerance.values, head);
      }
    },
  },
  {
    name: 'exits: fifty random batches by occurrence',
    async run({ load, tolerance }) {
      const random = new Random(99);
      const checkpoint = tinyCheckpoint({ config: DEEP });
      const encoder = await load(checkpoint);
      for (let round = 0; round < 50; round++) {
        const lengths = Array.from({ length: 1 + random.below(4) }, () => 1 + random.below(deepConfig.maxLength));
        const batch = withExits(
          tinyBatch(deepConfig, { seed: round, lengths }),
          () => 1 + random.below(deepConfig.layers),
        );
        const expected = await referenceForward(checkpoint, batch);
        const { logits } = await encoder.forward(batch);
        assertClose(logits, expected.logits('main'), tolerance.values, `round ${round}`);
      }
    },
  },
  {
    name: 'exits: results do not depend on who shares the batch',
    async run({ load, tolerance }) {
      for (const task of TASKS) {
        const heads = [tinyHead(task, deepConfig.layers)];
        const checkpoint = tinyCheckpoint({ config: DEEP, heads, exitTable: tinyRandomTable(deepConfig, 8) });
        const encoder = await load(checkpoint);
        const batch = tinyBatch(deepConfig);
        const { logits } = await encoder.forward(batch);
        for (const rows of [[4, 1], [2], [0, 3, 1, 2, 4]]) {
          const part = await encoder.forward(selectSequences(batch, rows));
          const expected = pickRows(logits, batch, rows, task === 'token-classification', encoder.head!.labels.length);
          assertClose(part.logits, expected, tolerance.rounding, `${task}, sequences ${rows.join()}`);
        }
      }
    },
  },
  {
    name: 'exits: a frozen token is still seen by the others',
    async run({ load }) {
      const checkpoint = tinyCheckpoint({ config: DEEP, exitTable: tinyExitTable(deepConfig, () => 1) });
      const encoder = await load(checkpoint);
      const { first, last } = TINY_SPECIAL_IDS;
      const answer = async (id: number): Promise<Float32Array> =>
        (await encoder.forward(collate([{ inputIds: [first, id, last] }]))).logits;
      const [a, b] = [await answer(10), await answer(11)];
      const difference = Math.max(...a.map((value, i) => Math.abs(value - b[i])));
      assertEqual(difference > 1e-3, true, `another frozen token must change the logits, they moved by ${difference}`);
    },
  },
];
