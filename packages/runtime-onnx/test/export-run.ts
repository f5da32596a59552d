import { InferenceSession, Tensor } from 'onnxruntime-node';

/** Rows as a caller pads them: `undefined` is a place without a token. */
export type PaddedRows = readonly (readonly (number | undefined)[])[];

/** Runs an exported file with nothing but onnxruntime. Places without a token hold an ordinary id, to see that nobody looks. */
export async function runFile(
  path: string,
  rows: PaddedRows,
): Promise<{ logits: number[][]; dims: readonly number[] }> {
  const session = await InferenceSession.create(path, { intraOpNumThreads: 1 });
  try {
    const dims = [rows.length, Math.max(...rows.map((row) => row.length))];
    const int64 = (of: (id: number | undefined) => number): Tensor =>
      new Tensor(
        'int64',
        BigInt64Array.from(rows.flat(), (id) => BigInt(of(id))),
        dims,
      );
    const feeds: Record<string, Tensor> = {
      input_ids: int64((id) => id ?? 17),
      attention_mask: int64((id) => (id === undefined ? 0 : 1)),
    };
    if (session.inputNames.includes('token_type_ids')) feeds['token_type_ids'] = int64(() => 0);
    const { logits } = await session.run(feeds);
    const values = Array.from(logits.data as Float32Array);
    const width = values.length / rows.length;
    return { logits: rows.map((_, b) => values.slice(b * width, (b + 1) * width)), dims: logits.dims };
  } finally {
    await session.release();
  }
}
