import type { Output } from '../../encoder.js';
import { HasheeError } from '../../errors.js';
import { assertClose, assertEqual, assertRefused, assertSame } from '../assertions.js';
import { referenceForward } from '../reference/forward.js';
import { tinyBatch, tinyRandomTable } from '../tiny-batch.js';
import { tinyCheckpoint, tinyHead } from '../tiny-checkpoint.js';
import type { CaseDefinition } from './context.js';

/** Either the result, or the error with which the call was refused. */
async function outcome<T>(call: Promise<T>): Promise<T | HasheeError> {
  try {
    return await call;
  } catch (error) {
    if (HasheeError.isInstance(error)) return error;
    throw error;
  }
}

export const lifetimeCases: readonly CaseDefinition[] = [
  {
    name: 'lifetime: dispose is idempotent, and final',
    async run({ load }) {
      const checkpoint = tinyCheckpoint();
      const encoder = await load(checkpoint);
      const batch = tinyBatch(checkpoint.config);
      const { logits } = await encoder.forward(batch);
      const before = logits.slice();
      await encoder.dispose();
      await encoder.dispose();
      await Promise.all([encoder.dispose(), encoder.dispose()]);
      await assertRefused(() => encoder.forward(batch), 'DISPOSED', 'forward');
      await assertRefused(() => encoder.begin(batch), 'DISPOSED', 'begin');
      assertSame(logits, before, 'logits from before');
    },
  },
  {
    name: 'lifetime: dispose without any use',
    async run({ load }) {
      const encoder = await load(tinyCheckpoint());
      await encoder.dispose();
      await encoder.dispose();
    },
  },
  {
    name: 'lifetime: encoders of one checkpoint are independent',
    async run({ load, tolerance }) {
      const checkpoint = tinyCheckpoint();
      const [a, b] = [await load(checkpoint), await load(checkpoint)];
      const batch = tinyBatch(checkpoint.config);
      const first = await a.forward(batch);
      await a.dispose();
      assertClose((await b.forward(batch)).logits, first.logits, tolerance.rounding, 'the other encoder');
    },
  },
  {
    name: 'lifetime: dispose while a call is under way lets it end properly',
    async run({ load, tolerance }) {
      const checkpoint = tinyCheckpoint();
      const batch = tinyBatch(checkpoint.config);
      const encoder = await load(checkpoint);
      const call = outcome(encoder.forward(batch));
      await encoder.dispose();
      const result = await call;
      if (HasheeError.isInstance(result)) assertEqual(result.code, 'DISPOSED', 'code');
      else
        assertClose(
          result.logits,
          (await referenceForward(checkpoint, batch)).logits('main'),
          tolerance.values,
          'logits',
        );
    },
  },
  {
    name: 'lifetime: abort before the call',
    async run({ load, tolerance }) {
      const checkpoint = tinyCheckpoint();
      const encoder = await load(checkpoint);
      const batch = tinyBatch(checkpoint.config);
      const reason = 'the caller changed its mind';
      const error = await assertRefused(
        () => encoder.forward(batch, { signal: AbortSignal.abort(reason) }),
        'ABORTED',
        'forward',
      );
      assertEqual(error.cause, reason, 'cause');
      const { logits } = await encoder.forward(batch, { signal: new AbortController().signal });
      assertClose(
        logits,
        (await referenceForward(checkpoint, batch)).logits('main'),
        tolerance.values,
        'logits afterwards',
      );
    },
  },
  {
    name: 'lifetime: abort during the call either stops it or comes too late',
    async run({ load, tolerance }) {
      const checkpoint = tinyCheckpoint();
      const encoder = await load(checkpoint);
      const batch = tinyBatch(checkpoint.config);
      const expected = (await referenceForward(checkpoint, batch)).logits('main');
      const moments: ((abort: () => void) => void)[] = [
        (abort) => abort(),
        (abort) => queueMicrotask(abort),
        (abort) =>
          void Promise.resolve()
            .then(() => Promise.resolve())
            .then(abort),
        (abort) => void new Promise((resolve) => globalThis.setTimeout(resolve, 1)).then(abort),
      ];
      for (const moment of moments) {
        const controller = new AbortController();
        const call = outcome(encoder.forward(batch, { signal: controller.signal }));
        moment(() => controller.abort('late'));
        const result = await call;
        if (HasheeError.isInstance(result)) {
          assertEqual(result.code, 'ABORTED', 'code');
          assertEqual(result.cause, 'late', 'cause');
        } else assertClose(result.logits, expected, tolerance.values, 'logits');
      }
      assertClose((await encoder.forward(batch)).logits, expected, tolerance.values, 'logits afterwards');
    },
  },
  {
    name: 'lifetime: an abort stops only the call it belongs to',
    async run({ load, tolerance }) {
      const checkpoint = tinyCheckpoint();
      const encoder = await load(checkpoint);
      const batch = tinyBatch(checkpoint.config);
      const controller = new AbortController();
      const stopped = outcome(encoder.forward(batch, { signal: controller.signal }));
      const other = encoder.forward(batch);
      controller.abort();
      await stopped;
      const expected = (await referenceForward(checkpoint, batch)).logits('main');
      assertClose((await other).logits, expected, tolerance.values, 'the call that was not aborted');
    },
  },
  {
    name: 'lifetime: abort of load',
    async run({ load }) {
      const checkpoint = tinyCheckpoint();
      await assertRefused(() => load(checkpoint, { signal: AbortSignal.abort('no') }), 'ABORTED', 'before');
      const controller = new AbortController();
      const call = outcome(load(checkpoint, { signal: controller.signal }));
      controller.abort('late');
      const result = await call;
      if (HasheeError.isInstance(result)) assertEqual(result.code, 'ABORTED', 'code');
    },
  },
  {
    name: 'lifetime: load tells its progress and ends with ready',
    async run({ load }) {
      const events: string[] = [];
      await load(tinyCheckpoint(), { onProgress: (event) => events.push(event.status) });
      assertEqual(events.at(-1), 'ready', 'last event');
      assertEqual(events.filter((status) => status === 'ready').length, 1, 'number of ready events');
    },
  },
  {
    name: 'lifetime: calls may overlap',
    async run({ load, tolerance }) {
      for (const table of [false, true]) {
        const { config } = tinyCheckpoint();
        const checkpoint = tinyCheckpoint(table ? { exitTable: tinyRandomTable(config, 2) } : {});
        const encoder = await load(checkpoint);
        const batches = Array.from({ length: 8 }, (_, i) =>
          tinyBatch(checkpoint.config, {
            seed: i,
            lengths: Array.from({ length: 1 + (i % 4) }, (_, b) => 1 + ((5 * i + 7 * b) % 12)),
          }),
        );
        const results = await Promise.all(batches.map((batch, i) => encoder.forward(batch, { hidden: i % 2 === 0 })));
        for (const [i, batch] of batches.entries()) {
          const expected = await referenceForward(checkpoint, batch);
          assertClose(results[i].logits, expected.logits('main'), tolerance.values, `call ${i}, logits`);
          if (i % 2 === 0)
            assertClose(results[i].hidden ?? [], expected.hidden[3], tolerance.values, `call ${i}, hidden`);
          assertSame(results[i].account.exitLayers, expected.exitLayers, `call ${i}, exitLayers`);
        }
      }
    },
  },
  {
    name: 'lifetime: the same call gives the same bits',
    async run({ load }) {
      const { config } = tinyCheckpoint();
      for (const exitTable of [null, tinyRandomTable(config, 3)]) {
        const encoder = await load(tinyCheckpoint(), { exitTable });
        const batch = tinyBatch(config);
        const first = await encoder.forward(batch, { hidden: true });
        await encoder.forward(tinyBatch(config, { seed: 9, lengths: [12, 12, 1] }));
        for (let i = 0; i < 3; i++) {
          const again = await encoder.forward(batch, { hidden: true });
          assertSame(again.logits, first.logits, 'logits');
          assertSame(again.hidden ?? [], first.hidden ?? [], 'hidden');
        }
      }
    },
  },
  {
    name: 'lifetime: inputs are left alone, and results belong to the caller',
    async run({ load }) {
      const checkpoint = tinyCheckpoint({ heads: [tinyHead('token-classification', 3)] });
      const encoder = await load(checkpoint);
      const batch = { ...tinyBatch(checkpoint.config), exitLayers: new Uint8Array(28).fill(2) };
      const copies = [
        batch.inputIds.slice(),
        batch.tokenTypeIds.slice(),
        batch.offsets.slice(),
        batch.exitLayers.slice(),
      ];
      const run = (): Promise<Output> => encoder.forward(batch, { hidden: true });
      const first = await run();
      const [logits, hidden] = [first.logits.slice(), first.hidden!.slice()];
      for (const [i, values] of [batch.inputIds, batch.tokenTypeIds, batch.offsets, batch.exitLayers].entries())
        assertSame(values, copies[i], `array ${i} of the batch`);
      const second = await run();
      second.logits.fill(0);
      second.hidden!.fill(0);
      assertSame(first.logits, logits, 'logits of an earlier call');
      assertSame(first.hidden!, hidden, 'hidden of an earlier call');
      const third = await run();
      assertSame(third.logits, logits, 'logits after a caller wrote to others');
      // The batch is read before the call returns or copied: a caller may reuse its arrays once the promise is settled.
      batch.inputIds.fill(9);
      assertSame(third.logits, logits, 'logits after the batch was reused');
    },
  },
];
