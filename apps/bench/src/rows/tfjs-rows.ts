import { availableParallelism } from 'node:os';
import { hasheeRow } from './hashee-row.js';
import type { Row } from './row.js';

/** wasm has one thread in Node, the native engine one number in a process: all cores. */
const ENGINES = { wasm: () => 1, node: availableParallelism } as const;

/** Ours on TensorFlow.js. */
export const tfjsRows: readonly Row[] = (['wasm', 'node'] as const).flatMap((engine) =>
  (['dense', 'hashee'] as const).map((way) =>
    hasheeRow(`tfjs-${engine}-${way}`, {
      computes: way === 'dense' ? 'dense' : 'exits',
      dtype: 'fp32',
      about: `Hashee${way === 'dense' ? ' without exits' : ''} on TensorFlow.js, engine ${engine}`,
      refuses: ({ setting: { threads, workers } }) =>
        workers === undefined && threads === ENGINES[engine]()
          ? undefined
          : `this engine takes ${ENGINES[engine]()} ${ENGINES[engine]() === 1 ? 'thread' : 'threads'}`,
      async openBackend() {
        const { describeTfjs, tfjs } = await import('@hashee/runtime-tfjs');
        const { package: name, version } = await describeTfjs({ engine });
        return { backend: tfjs({ engine }), versions: { [name]: version } };
      },
    }),
  ),
);
