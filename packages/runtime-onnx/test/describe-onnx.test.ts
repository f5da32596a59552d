import { createRequire } from 'node:module';
import { collate } from '@hashee/core';
import { tinyCheckpoint } from '@hashee/core/testing';
import * as ort from 'onnxruntime-node';
import { describe, expect, it, vi } from 'vitest';
import { describeOnnx, onnx } from '../src/index.js';

describe('describeOnnx', () => {
  it('names package and version', async () => {
    const manifest = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };
    expect(await describeOnnx()).toMatchObject({ package: 'onnxruntime-node', version: manifest.version });
  });

  it('says what sessions are really made with', async () => {
    const create = vi.spyOn(ort.InferenceSession, 'create');
    const encoder = await onnx({ threads: 2, ort }).load(tinyCheckpoint());
    await encoder.forward(collate([{ inputIds: [1, 2, 3] }]));
    await encoder.dispose();
    const { sessionOptions } = await describeOnnx({ threads: 2, ort });
    expect(sessionOptions).toMatchObject({
      intraOpNumThreads: 2,
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
    const [, used] = create.mock.calls[0] as unknown as [Uint8Array, Record<string, unknown>];
    expect(used).toMatchObject(sessionOptions);
    create.mockRestore();
  });
});
