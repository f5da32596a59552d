/** Runtimes that are wrong in one known way each, and the cases that must notice. */
import {
  type Backend,
  type Encoder,
  HasheeError,
  type Pass,
  selectSequences,
  type TokenBatch,
  type Trainer,
  type TrainingSpec,
} from '@hashee/core';
import { conformanceCases } from '@hashee/core/testing';
import { expect, test } from 'vitest';
import { TapeTrainer, tapeBackend } from './tape-trainer.js';

/** The object with some members replaced; the others are called on the object itself. */
function override<T extends object>(target: T, changes: Partial<T>): T {
  return new Proxy(target, {
    get(object, key) {
      if (key in changes) return Reflect.get(changes, key);
      const value = Reflect.get(object, key, object);
      return typeof value === 'function' ? value.bind(object) : value;
    },
  });
}

function wrongEncoder(change: (encoder: Encoder) => Partial<Encoder>): Backend {
  const backend = tapeBackend();
  return {
    ...backend,
    load: async (...given) => {
      const encoder = await backend.load(...given);
      return override(encoder, change(encoder));
    },
  };
}

function wrongForward(change: (encoder: Encoder, batch: TokenBatch) => ReturnType<Encoder['forward']>): Backend {
  return wrongEncoder((encoder) => ({
    // A batch is still checked, so that only the fault in question is seen.
    forward: async (batch, options) => {
      const right = await encoder.forward(batch, options);
      return { ...right, ...(await change(encoder, batch)), ...(options?.hidden ? {} : { hidden: undefined }) };
    },
  }));
}

function wrongPass(change: (pass: Pass) => Partial<Pass>): Backend {
  return wrongEncoder((encoder) => ({
    begin: async (...given) => {
      const pass = await encoder.begin(...given);
      return override(pass, change(pass));
    },
  }));
}

function wrongTrainer(change: (trainer: Trainer) => Partial<Trainer>): Backend {
  return tapeBackend((trainer) => override<Trainer>(trainer, change(trainer)));
}

function wrongSpec(change: (spec: TrainingSpec) => Partial<TrainingSpec>): Backend {
  return {
    ...tapeBackend(),
    createTrainer: (checkpoint, spec) => TapeTrainer.create(checkpoint, { ...spec, ...change(spec) }),
  };
}

const exitsOf = (encoder: Encoder, batch: TokenBatch): Uint8Array =>
  batch.exitLayers ??
  batch.inputIds.reduce((exits, id, t) => {
    exits[t] = encoder.exitTable?.exitLayer[id] ?? encoder.config.layers;
    return exits;
  }, new Uint8Array(batch.inputIds.length));

/** Rows from the longest sequence to the shortest. */
const byLength = ({ offsets }: TokenBatch): number[] =>
  Array.from({ length: offsets.length - 1 }, (_, b) => b).toSorted(
    (a, b) => offsets[b + 1] - offsets[b] - (offsets[a + 1] - offsets[a]),
  );

const shared = new Map<number, Float32Array>();

const WRONG: readonly (readonly [fault: string, backend: Backend, noticed: readonly string[]])[] = [
  [
    'gradient equilibrium is left out',
    wrongSpec(() => ({ gradientEquilibrium: false })),
    ['training: gradient equilibrium'],
  ],
  [
    'terms count in every update',
    wrongSpec(({ losses }) => ({ losses: losses.map(({ turn: _, ...term }) => term) })),
    ['training: terms that take turns'],
  ],
  [
    'all layers run, whatever is asked',
    wrongTrainer((trainer) => ({
      accumulate: (batch, targets, { layers: _, ...options } = {}) => trainer.accumulate(batch, targets, options),
    })),
    ['training: some of the layers'],
  ],
  [
    'tokens exit one layer late',
    wrongForward((encoder, batch) =>
      encoder.forward({
        ...batch,
        exitLayers: exitsOf(encoder, batch).map((exit) => Math.min(exit + 1, encoder.config.layers)),
      }),
    ),
    [
      'exits: random table 1',
      'exits: layer 1 for all but the first token',
      'exits: fifty random batches by occurrence',
    ],
  ],
  [
    'no token ever exits',
    wrongForward((encoder, batch) =>
      encoder.forward({ ...batch, exitLayers: new Uint8Array(batch.inputIds.length).fill(encoder.config.layers) }),
    ),
    ['exits: random table 2', 'exits: layers with no active token but the special ones'],
  ],
  [
    'exit layers of the batch are ignored',
    wrongForward((encoder, { exitLayers: _, ...batch }) => encoder.forward(batch)),
    [
      'exits: exit layers of the batch override the table',
      'exits: first tokens that leave early are read where they froze',
    ],
  ],
  [
    'frozen tokens are not attended to',
    wrongForward((encoder, batch) => {
      // Tokens that exit before the last layer are left out altogether.
      const exits = exitsOf(encoder, batch);
      const inputIds = batch.inputIds.map((id, t) => (exits[t] === 1 ? 5 : id));
      return encoder.forward({ ...batch, inputIds, exitLayers: exits });
    }),
    ['exits: a frozen token is still seen by the others'],
  ],
  [
    'segments are ignored',
    wrongForward((encoder, batch) =>
      encoder.forward({ ...batch, tokenTypeIds: new Uint8Array(batch.inputIds.length) }),
    ),
    ['forward: pairs, and segments that come and go', 'forward: bert'],
  ],
  [
    'results come sorted by length',
    wrongForward((encoder, batch) => encoder.forward(selectSequences(batch, byLength(batch)))),
    ['forward: results follow the order of the batch', 'forward: unequal lengths'],
  ],
  [
    'results depend a little on the batch',
    wrongForward(async (encoder, batch) => {
      const right = await encoder.forward(batch);
      return { ...right, logits: right.logits.map((value) => value + 5e-5 * batch.offsets.length) };
    }),
    ['forward: results do not depend on who shares the batch'],
  ],
  [
    'a single token is computed wrongly',
    wrongForward(async (encoder, batch) => {
      const right = await encoder.forward(batch);
      return batch.inputIds.length === 1 ? { ...right, logits: right.logits.map((value) => -value) } : right;
    }),
    ['forward: one token'],
  ],
  [
    'an exit table at load is ignored',
    ((backend) => ({
      ...backend,
      load: (checkpoint, options) => backend.load(checkpoint, { ...options, exitTable: undefined }),
    }))(tapeBackend()),
    [
      'exits: the exitTable option replaces or switches off the checkpoint’s table',
      'refused: a table for another vocabulary',
    ],
  ],
  [
    'hidden states come unasked',
    wrongEncoder((encoder) => ({ forward: (batch, options) => encoder.forward(batch, { ...options, hidden: true }) })),
    ['forward: shapes for every task'],
  ],
  [
    'errors are of another class',
    wrongEncoder((encoder) => ({
      forward: (batch, options) =>
        encoder.forward(batch, options).catch((cause) => {
          throw new TypeError('wrong batch', { cause });
        }),
    })),
    [
      'refused: a batch with an empty sequence',
      'lifetime: abort before the call',
      'lifetime: dispose is idempotent, and final',
    ],
  ],
  [
    'ids are clamped instead of refused',
    wrongEncoder((encoder) => ({
      forward: (batch, options) =>
        encoder.forward({ ...batch, inputIds: batch.inputIds.map((id) => Math.max(0, Math.min(id, 49))) }, options),
    })),
    ['refused: a batch with a negative id', 'refused: a batch with an id outside the vocabulary'],
  ],
  [
    'the signal is ignored',
    wrongEncoder((encoder) => ({
      forward: (batch, options) => encoder.forward(batch, { ...options, signal: undefined }),
    })),
    ['lifetime: abort before the call'],
  ],
  [
    'dispose twice fails',
    wrongEncoder((encoder) => {
      let disposed = false;
      return {
        dispose: async () => {
          if (disposed) throw new HasheeError('DISPOSED', 'again');
          disposed = true;
          await encoder.dispose();
        },
      };
    }),
    ['lifetime: dispose is idempotent, and final', 'lifetime: dispose without any use'],
  ],
  [
    'one buffer serves all results',
    wrongEncoder((encoder) => ({
      forward: async (...given) => {
        const right = await encoder.forward(...given);
        const buffer = shared.get(right.logits.length) ?? right.logits;
        buffer.set(right.logits);
        shared.set(right.logits.length, buffer);
        return { ...right, logits: buffer };
      },
    })),
    ['lifetime: inputs are left alone, and results belong to the caller', 'lifetime: calls may overlap'],
  ],
  [
    'the account counts padding',
    wrongEncoder((encoder) => ({
      forward: async (...given) => {
        const right = await encoder.forward(...given);
        return { ...right, account: { ...right.account, macs: Math.round(right.account.macs * 1.1) } };
      },
    })),
    [
      'account: multiply-accumulates are those of the cost model: bert',
      'account: worked example, H = 4, exits 3, 1, 2, 3',
    ],
  ],
  [
    'keep sorts the rows',
    wrongPass((pass) => ({ keep: (rows) => pass.keep(Array.from(rows).toSorted((a, b) => a - b)) })),
    ['pass: keep goes on with some sequences, in any order'],
  ],
  [
    'keep takes anything',
    wrongPass((pass) => ({ keep: (rows) => pass.keep(Array.from(rows).filter((row) => pass.rows.includes(row))) })),
    ['pass: refuses what it cannot do and goes on'],
  ],
  [
    'a pass computes one layer too many',
    wrongPass((pass) => ({ advance: async (layer) => pass.advance(Math.min(layer + 1, 4)) })),
    ['pass: layer by layer, every head on the way: bert'],
  ],
  [
    'a pass begins wrongly inside',
    wrongEncoder((encoder) => ({
      begin: (batch, options) =>
        encoder.begin(
          { ...batch, exitLayers: undefined, inputIds: batch.inputIds.map((id) => Math.max(id, 0)) },
          { ...options, signal: undefined },
        ),
    })),
    ['pass: abort'],
  ],
  [
    'the gradient is a thousandth off',
    wrongTrainer((trainer) => ({ gradient: (name) => trainer.gradient(name).map((g) => g * 1.001) })),
    ['training: loss and gradient: sequence-classification', 'training: loss and gradient: albert'],
  ],
  [
    'frozen tokens pass no gradient to their embeddings',
    wrongTrainer((trainer) => ({
      gradient: (name) => trainer.gradient(name).map((g, i) => (name === 'embeddings.word' && i >= 5 * 24 ? 0 : g)),
    })),
    ['training: frozen tokens pass gradients as keys and values'],
  ],
  [
    'parts are not scaled',
    wrongTrainer((trainer) => ({ accumulate: (batch, targets) => trainer.accumulate(batch, targets) })),
    ['training: accumulated parts are the whole batch'],
  ],
  [
    'weights never decay',
    wrongSpec(({ optimizer }) => ({ optimizer: { ...optimizer, weightDecay: 0 } })),
    ['training: updates are AdamW with clipping and without decay of biases and LayerNorm'],
  ],
  [
    'gradients are not clipped',
    wrongSpec(({ optimizer }) => ({ optimizer: { ...optimizer, maxGradientNorm: 0 } })),
    ['training: updates are AdamW with clipping and without decay of biases and LayerNorm'],
  ],
  [
    'everything is trained',
    wrongSpec(() => ({ trainable: undefined })),
    ['training: only what the recipe names is trained'],
  ],
  [
    'dropout is off',
    wrongSpec(() => ({ dropout: 0 })),
    ['training: dropout is drawn from the seed', 'training: dropout comes from the config unless overridden'],
  ],
  [
    'training ignores the exits of the recipe',
    wrongSpec(() => ({ exitTable: null })),
    [
      'training: loss and gradient: sequence-classification',
      'training: the exit table of the recipe replaces or switches off the checkpoint’s',
    ],
  ],
  [
    'restore forgets the moments',
    wrongTrainer((trainer) => ({
      restore: (state) =>
        trainer.restore({
          ...state,
          tensors: new Map(
            Array.from(state.tensors, ([name, { shape, data }]) => [
              name,
              { shape, data: name.startsWith('weights/') ? data : new Float32Array(data.length) },
            ]),
          ),
        }),
    })),
    ['training: a restored run goes on identically, with dropout'],
  ],
  [
    'the seed is ignored',
    wrongSpec(() => ({ seed: 1 })),
    [
      'training: dropout is drawn from the seed',
      'training: heads that the checkpoint lacks are made from the seed and the pooler',
    ],
  ],
];

test.each(WRONG)('%s', async (_, backend, noticed) => {
  const cases = conformanceCases({ backend });
  for (const name of noticed) {
    const found = cases.find((entry) => entry.name === name);
    expect(found, name).toBeDefined();
    await expect(found!.run(), name).rejects.toThrow();
  }
});
