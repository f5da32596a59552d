import { type EncoderConfig, type ExitTable, exitLayersOf, type TokenBatch } from '@hashee/core';
import { Tensor } from 'onnxruntime-node';

export type Feeds = Readonly<Record<string, Tensor>>;

/** A batch padded to its longest sequence, as the dense graph reads it. */
export function denseFeeds(batch: TokenBatch, { padTokenId }: EncoderConfig): Feeds {
  const { B, S } = sizes(batch);
  const ids = new BigInt64Array(B * S).fill(BigInt(padTokenId));
  const segments = new BigInt64Array(B * S);
  const attention = new BigInt64Array(B * S);
  for (let b = 0; b < B; b++)
    for (let t = batch.offsets[b], at = b * S; t < batch.offsets[b + 1]; t++, at++) {
      ids[at] = BigInt(batch.inputIds[t]);
      segments[at] = BigInt(batch.tokenTypeIds[t]);
      attention[at] = 1n;
    }
  const tensor = (data: BigInt64Array): Tensor => new Tensor('int64', data, [B, S]);
  return { input_ids: tensor(ids), attention_mask: tensor(attention), token_type_ids: tensor(segments) };
}

/** A batch as the authors' way reads it: the tokens of a sequence by their exits, latest first, the first token in front. */
export function paddedFeeds(batch: TokenBatch, config: EncoderConfig, table: ExitTable | undefined): Feeds {
  const { B, S } = sizes(batch);
  const layers = exitLayersOf(batch, config.layers, table);
  const names = ['input_ids', 'position_ids', 'token_type_ids', 'attention_mask', 'exit_layers'] as const;
  const data = Object.fromEntries(names.map((name) => [name, new BigInt64Array(B * S)]));
  data['input_ids'].fill(BigInt(config.padTokenId));
  const rows = new BigInt64Array(config.layers);
  for (let b = 0; b < B; b++) {
    const from = batch.offsets[b];
    const length = batch.offsets[b + 1] - from;
    const order = Array.from({ length }, (_, i) => i).sort(
      (i, j) => Number(j === 0) - Number(i === 0) || layers[from + j] - layers[from + i] || i - j,
    );
    const counts = new Array<number>(config.layers).fill(0);
    order.forEach((position, place) => {
      const [at, t] = [b * S + place, from + position];
      data['input_ids'][at] = BigInt(batch.inputIds[t]);
      data['position_ids'][at] = BigInt(position + config.positionOffset);
      data['token_type_ids'][at] = BigInt(batch.tokenTypeIds[t]);
      data['attention_mask'][at] = 1n;
      data['exit_layers'][at] = BigInt(layers[t]);
      // The prefix that holds every token which is active in the layer.
      for (let layer = 0; layer < layers[t]; layer++) counts[layer] = place + 1;
    });
    for (let layer = 0; layer < config.layers; layer++)
      if (BigInt(counts[layer]) > rows[layer]) rows[layer] = BigInt(counts[layer]);
  }
  const tensors = names.map((name) => [name, new Tensor('int64', data[name], [B, S])] as const);
  return { ...Object.fromEntries(tensors), active_rows: new Tensor('int64', rows, [config.layers]) };
}

function sizes({ offsets }: TokenBatch): { readonly B: number; readonly S: number } {
  const B = offsets.length - 1;
  let S = 0;
  for (let b = 0; b < B; b++) S = Math.max(S, offsets[b + 1] - offsets[b]);
  return { B, S };
}
