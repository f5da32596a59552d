// One batch in a process of its own: what largest-batch.mjs watches the memory of.
import { loadModel } from '@hashee/checkpoint';
import { collate } from '@hashee/core';
import { onnx } from '@hashee/runtime-onnx';

/**
 * @param {{ directory: string, exits: boolean, batchSize: number,
 *   sequences: { inputIds: Int32Array, tokenTypeIds: Uint8Array | undefined }[] }} input
 */
export default async function runBatch({ directory, exits, batchSize, sequences }) {
  const encoder = await onnx({ threads: 1 }).load(await loadModel(directory), exits ? {} : { exitTable: null });
  const { account } = await encoder.forward(collate(sequences.slice(0, batchSize)));
  return account.macs;
}
