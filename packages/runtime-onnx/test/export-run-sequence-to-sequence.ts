import { join } from 'node:path';
import type { SequenceToSequenceConfig, TokenBatch } from '@hashee/core';
import { InferenceSession, Tensor } from 'onnxruntime-node';

export interface ExportedRun {
  /** [T, H] in the order of the batch. */
  readonly memory: Float32Array;
  /** [B, N, V] of each step. */
  readonly logits: readonly Float32Array[];
}

/**
 * Runs exported files with nothing but onnxruntime, fed as transformers.js feeds them: every tensor of the past is empty in the first
 * step, and those of the source are kept from its outputs.
 * @param steps new tokens of each step, [B, N]
 * @param left the padding stands before the tokens
 */
export async function runExported(
  folder: string,
  config: SequenceToSequenceConfig,
  { inputIds, offsets }: TokenBatch,
  steps: readonly (readonly (readonly number[])[])[],
  { suffix = '', left = false }: { readonly suffix?: string; readonly left?: boolean } = {},
): Promise<ExportedRun> {
  const open = (name: string): Promise<InferenceSession> =>
    InferenceSession.create(join(folder, `${name}${suffix}.onnx`), { intraOpNumThreads: 1 });
  const [encoder, decoder] = [await open('encoder_model'), await open('decoder_model_merged')];
  try {
    const B = offsets.length - 1;
    const lengths = Array.from({ length: B }, (_, b) => offsets[b + 1] - offsets[b]);
    const S = Math.max(...lengths);
    const start = (b: number): number => (left ? S - lengths[b] : 0);
    const ids = new BigInt64Array(B * S).fill(7n);
    const mask = new BigInt64Array(B * S);
    for (let b = 0; b < B; b++)
      for (let s = 0; s < lengths[b]; s++) {
        ids[b * S + start(b) + s] = BigInt(inputIds[offsets[b] + s]);
        mask[b * S + start(b) + s] = 1n;
      }
    const attention = new Tensor('int64', mask, [B, S]);
    const { last_hidden_state: states } = await encoder.run({
      input_ids: new Tensor('int64', ids, [B, S]),
      attention_mask: attention,
    });
    const H = config.encoder.hiddenSize;
    const memory = new Float32Array(offsets[B] * H);
    for (let b = 0; b < B; b++) {
      const from = (b * S + start(b)) * H;
      memory.set((states.data as Float32Array).subarray(from, from + lengths[b] * H), offsets[b] * H);
    }

    const { layers, heads, headSize } = config.decoder;
    const past: Record<string, Tensor> = {};
    for (let layer = 0; layer < layers; layer++)
      for (const side of ['decoder', 'encoder'])
        for (const of of ['key', 'value'])
          past[`past_key_values.${layer}.${side}.${of}`] = new Tensor('float32', new Float32Array(0), [
            B,
            heads,
            0,
            headSize,
          ]);
    const logits: Float32Array[] = [];
    for (const [index, tokens] of steps.entries()) {
      const outputs = await decoder.run({
        input_ids: new Tensor('int64', BigInt64Array.from(tokens.flat(), BigInt), [B, tokens[0].length]),
        encoder_hidden_states: states,
        encoder_attention_mask: attention,
        use_cache_branch: new Tensor('bool', [index > 0], [1]),
        ...past,
      });
      logits.push(outputs['logits'].data as Float32Array);
      for (const [name, tensor] of Object.entries(outputs))
        if (name.startsWith('present') && (index === 0 || !name.includes('encoder')))
          past[name.replace('present', 'past_key_values')] = tensor;
    }
    return { memory, logits };
  } finally {
    await encoder.release();
    await decoder.release();
  }
}
