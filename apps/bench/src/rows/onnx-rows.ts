import { hasheeRow, type OpenBackend } from './hashee-row.js';
import type { Row } from './row.js';

const openBackend: OpenBackend = async ({ setting: { threads, workers } }) => {
  const { describeOnnx, onnx } = await import('@hashee/runtime-onnx');
  const { package: name, version } = await describeOnnx();
  const versions = { [name]: version };
  if (workers === undefined) return { backend: onnx({ threads }), versions };
  const { onnxWorkers } = await import('@hashee/runtime-onnx/workers');
  return { backend: onnxWorkers({ workers, threads }), versions };
};

/** Ours on ONNX Runtime. */
export const onnxRows: readonly Row[] = (['fp32', 'q8'] as const).flatMap((dtype) => [
  hasheeRow(`dense-${dtype}`, {
    ...{ computes: 'dense', dtype, openBackend },
    about: 'Hashee without exits: unpadded, last layer only where the head reads',
  }),
  hasheeRow(`hashee-${dtype}`, { computes: 'exits', dtype, about: 'Hashee', openBackend }),
]);
