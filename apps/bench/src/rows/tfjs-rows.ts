import { hasheeRow } from './hashee-row.js';
import type { Row } from './row.js';

/** Ours on TensorFlow.js. */
export const tfjsRows: readonly Row[] = (['wasm', 'node'] as const).flatMap((engine) =>
  (['dense', 'hashee'] as const).map((way) =>
    hasheeRow(`tfjs-${engine}-${way}`, {
      computes: way === 'dense' ? 'dense' : 'exits',
      dtype: 'fp32',
      about: `Hashee${way === 'dense' ? ' without exits' : ''} on TensorFlow.js, engine ${engine}`,
      // wasm has one thread in Node; the native engine keeps its number in a process.
      refuses: ({ setting: { threads, workers } }) => {
        if (workers !== undefined) return 'TensorFlow.js has no workers here';
        return engine === 'wasm' && threads !== 1 ? 'this engine takes 1 thread' : undefined;
      },
      async openBackend({ setting: { threads } }) {
        const { describeTfjs, tfjs } = await import('@hashee/runtime-tfjs');
        const { package: name, version } = await describeTfjs({ engine, threads });
        return { backend: tfjs({ engine, threads }), versions: { [name]: version } };
      },
    }),
  ),
);
