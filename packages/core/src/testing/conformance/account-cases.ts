import type { Account } from '../../account.js';
import { collate, type TokenBatch } from '../../batch.js';
import type { EncoderConfig } from '../../config.js';
import { denseMacs, embeddingMacs, headMacs, layerMacs } from '../../cost.js';
import type { HeadConfig } from '../../head.js';
import { assertEqual, assertSame, assertTrue } from '../assertions.js';
import { tinyBatch, tinyExitTable, tinyRandomTable } from '../tiny-batch.js';
import { tinyCheckpoint, tinyHead } from '../tiny-checkpoint.js';
import type { TinyFamily } from '../tiny-config.js';
import type { CaseDefinition } from './context.js';
import { TASKS } from './forward-cases.js';

/** Those whose sizes enter the cost in a way of their own. */
const FAMILIES: readonly TinyFamily[] = ['bert', 'electra', 'pruned', 'wide-heads', 'one-layer'];

/** Tokens that are queries in each layer of each sequence, `[L][B]`. */
function activeCounts(batch: TokenBatch, account: Account, firstOnlyInLast: boolean): number[][] {
  const L = account.activeTokens.length;
  return Array.from({ length: L }, (_, index) =>
    Array.from({ length: batch.offsets.length - 1 }, (_, b) => {
      const to = firstOnlyInLast && index === L - 1 ? batch.offsets[b] + 1 : batch.offsets[b + 1];
      return account.exitLayers.slice(batch.offsets[b], to).filter((exit) => exit >= index + 1).length;
    }),
  );
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** The account must be what the cost model gives for its own exit layers, active tokens and kinds of attention. */
export function checkAccount(
  config: EncoderConfig,
  batch: TokenBatch,
  account: Account,
  head: HeadConfig | undefined,
  hidden: boolean,
): void {
  const sequences = batch.offsets.length - 1;
  const lengths = Array.from({ length: sequences }, (_, b) => batch.offsets[b + 1] - batch.offsets[b]);
  const whole = activeCounts(batch, account, false);
  const pruned = activeCounts(batch, account, true);
  const last = config.layers - 1;
  // A head that reads first tokens needs no other queries in the last layer; a runtime may compute them all the same.
  const mayPrune = !hidden && head !== undefined && head.task !== 'token-classification';
  const isPruned = mayPrune && account.activeTokens[last] !== sum(whole[last]);
  const counts = isPruned ? pruned : whole;
  assertSame(account.activeTokens, counts.map(sum), 'account.activeTokens');
  assertEqual(account.attention.length, config.layers, 'account.attention: length');
  let macs = 0;
  counts.forEach((active, index) => {
    const kind = account.attention[index];
    const attends = config.heads[index] > 0 && sum(active) > 0;
    assertTrue(
      (kind !== 'none') === attends,
      `account.attention: layer ${index + 1} is "${kind}" with ${config.heads[index]} heads and ${sum(active)} active tokens.`,
    );
    const counted = kind === 'absorbed' ? 'absorbed' : 'projected';
    active.forEach((a, b) => {
      macs += layerMacs(config, index + 1, a, lengths[b], counted);
    });
  });
  const rows = head?.task === 'token-classification' ? batch.inputIds.length : sequences;
  const headCost = head ? headMacs(config, head, rows) : 0;
  macs += headCost + sum(lengths.map((n) => embeddingMacs(config, n)));
  assertEqual(account.macs, macs, 'account.macs');
  assertEqual(account.denseMacs, headCost + sum(lengths.map((n) => denseMacs(config, n))), 'account.denseMacs');
}

export const accountCases: readonly CaseDefinition[] = [
  {
    name: 'account: names, device, dtype and time',
    async run({ load, backend }) {
      const checkpoint = tinyCheckpoint();
      const encoder = await load(checkpoint);
      const { account } = await encoder.forward(tinyBatch(checkpoint.config));
      assertEqual(account.runtime, backend.name, 'runtime');
      assertTrue(backend.capabilities.devices.includes(account.device), `"${account.device}" is no known device.`);
      assertEqual(account.dtype, encoder.dtype, 'dtype');
      assertTrue(
        account.milliseconds >= 0 && Number.isFinite(account.milliseconds),
        'milliseconds must be a duration.',
      );
    },
  },
  ...FAMILIES.map(
    (family): CaseDefinition => ({
      name: `account: multiply-accumulates are those of the cost model: ${family}`,
      async run({ load }) {
        for (const task of TASKS) {
          const shape = tinyCheckpoint({ family }).config;
          const heads = [tinyHead(task, shape.layers)];
          for (const exitTable of [null, tinyRandomTable(shape, 2), tinyExitTable(shape, () => 1)]) {
            const { config } = tinyCheckpoint({ family });
            const encoder = await load(tinyCheckpoint({ family, heads }), { exitTable });
            for (const lengths of [[7, 1, 12, 3, 5], [1], [12, 12]])
              for (const hidden of [false, true]) {
                const batch = tinyBatch(config, { lengths });
                const { account } = await encoder.forward(batch, { hidden });
                checkAccount(config, batch, account, heads[0], hidden);
              }
          }
        }
      },
    }),
  ),
  {
    name: 'account: the dense model costs what the dense model costs',
    async run({ load }) {
      const checkpoint = tinyCheckpoint({ heads: [tinyHead('token-classification', 3)] });
      const { account } = await (await load(checkpoint)).forward(tinyBatch(checkpoint.config));
      assertEqual(account.macs, account.denseMacs, 'macs');
    },
  },
  {
    name: 'account: worked example, H = 4, exits 3, 1, 2, 3',
    async run({ load }) {
      const config = { hiddenSize: 4, embeddingSize: 4, headSize: 4, heads: [1, 1, 1], intermediateSize: 16 };
      const encoder = await load(tinyCheckpoint({ config, heads: [] }));
      const batch = collate([{ inputIds: [2, 9, 10, 3], exitLayers: [3, 1, 2, 3] }]);
      const { account } = await encoder.forward(batch, { hidden: true });
      assertSame(account.activeTokens, [4, 3, 2], 'activeTokens');
      assertEqual(account.denseMacs, 2688, 'denseMacs');
      // 896 + 704 + 512 with projected keys and values; absorbed ones: 3·(2·16 + 2·64) + 3·2·16 + 2·3·4·4 and so on.
      const projected = [896, 704, 512];
      const absorbed = [4 * 160 + 4 * 32 + 128, 3 * 160 + 3 * 32 + 96, 2 * 160 + 2 * 32 + 64];
      const expected = sum(account.attention.map((kind, i) => (kind === 'absorbed' ? absorbed : projected)[i]));
      assertEqual(account.macs, expected, 'macs');
    },
  },
  {
    name: 'account: exit layers are a copy of nothing that the caller holds',
    async run({ load }) {
      const table = tinyRandomTable(tinyCheckpoint().config);
      const checkpoint = tinyCheckpoint({ exitTable: table });
      const encoder = await load(checkpoint);
      const batch = tinyBatch(checkpoint.config);
      const before = table.exitLayer.slice();
      const { account } = await encoder.forward(batch);
      assertSame(
        account.exitLayers,
        Array.from(batch.inputIds, (id) => before[id]),
        'exitLayers',
      );
      account.exitLayers.fill(9);
      assertSame(table.exitLayer, before, 'the table, after the account was written to');
      const again = await encoder.forward(batch);
      assertSame(
        again.account.exitLayers,
        Array.from(batch.inputIds, (id) => before[id]),
        'exitLayers of the next call',
      );
    },
  },
];
