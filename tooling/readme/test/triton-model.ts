import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

/** The part of ONNX Runtime that is used; this package doesn't depend on it. */
interface Runtime {
  readonly InferenceSession: { create(path: string): Promise<Session> };
  readonly Tensor: new (type: 'int64', data: BigInt64Array, dims: readonly number[]) => object;
}

interface Session {
  readonly inputMetadata: readonly Value[];
  readonly outputMetadata: readonly Value[];
  run(feeds: Readonly<Record<string, object>>): Promise<{ readonly logits: Logits }>;
  release(): Promise<void>;
}

interface Value {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

interface Logits {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

const ELEMENTS: Readonly<Record<string, string>> = { TYPE_INT64: 'int64', TYPE_FP32: 'float32' };
/** Reads text of the schema that Triton's client brings, where the Python that HASHEE_PYTHON names has it. */
const PARSE = `
import sys
from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2
text_format.Parse(open(sys.argv[1]).read(), model_config_pb2.ModelConfig())
`;

/** Looks for what Triton would refuse: a configuration that doesn't fit the file in the folder of version 1. */
export async function checkTritonModel(folder: string): Promise<void> {
  const path = join(folder, 'config.pbtxt');
  const config = readFileSync(path, 'utf8');
  const python = process.env['HASHEE_PYTHON'] ?? 'python3';
  if (spawnSync(python, ['-c', 'import tritonclient.grpc']).status === 0) {
    const { status, stderr } = spawnSync(python, ['-c', PARSE, path], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
  }
  const runtime = fileURLToPath(new URL('../../../packages/runtime-onnx/package.json', import.meta.url));
  const { InferenceSession, Tensor } = createRequire(runtime)('onnxruntime-node') as Runtime;
  const session = await InferenceSession.create(join(folder, '1/model.onnx'));
  const said = [...config.matchAll(/name: "(\w+)" data_type: (\w+) dims: \[ ([-\d, ]+) \]/g)].map(
    ([, name, type, dims]) => ({ name, type: ELEMENTS[type], dims: dims.split(',').map(Number) }),
  );
  const values = [...session.inputMetadata, ...session.outputMetadata];
  // Names in a file's shape stand for any size, as -1 does here; the batch, which Triton adds, comes first.
  const found = values.map((value) => {
    const [batch, ...dims] = value.shape.map((size) => (typeof size === 'number' ? size : -1));
    expect(batch).toBe(-1);
    return { name: value.name, type: value.type, dims };
  });
  expect(said).toEqual(found);

  // A request that was padded to the length of others answers as it does alone.
  const run = async (rows: readonly (readonly number[])[]): Promise<Float32Array[]> => {
    const length = Math.max(...rows.map((row) => row.length));
    const tensor = (value: (row: readonly number[], i: number) => number): object =>
      new Tensor(
        'int64',
        BigInt64Array.from(rows.flatMap((row) => Array.from({ length }, (_, i) => BigInt(value(row, i))))),
        [rows.length, length],
      );
    const { logits } = await session.run({
      input_ids: tensor((row, i) => row[i] ?? 0),
      attention_mask: tensor((row, i) => Number(i < row.length)),
      token_type_ids: tensor(() => 0),
    });
    const labels = logits.dims[1];
    return rows.map((_, b) => logits.data.slice(b * labels, (b + 1) * labels));
  };
  const rows = [
    [2, 40, 41, 3],
    [2, 40, 3],
    [2, 41, 42, 43, 44, 45, 3],
  ];
  const together = await run(rows);
  for (const [b, row] of rows.entries()) {
    const [alone] = await run([row]);
    for (const [label, logit] of alone.entries()) expect(together[b][label]).toBeCloseTo(logit, 2);
  }
  await session.release();
}
