import {
  type Checkpoint,
  DECODER_POSITIONS,
  decoderTensors,
  type EncoderConfig,
  encoderTensors,
  HasheeError,
  MemoryWeights,
  Random,
  type SequenceToSequenceCheckpoint,
  type SequenceToSequenceConfig,
  VOCABULARY_WEIGHT,
  validateSequenceToSequenceConfig,
  WORD_TABLE,
} from '@hashee/core';

/** Standard deviation of new weights, as BART's `init_std`. */
const DEVIATION = 0.02;
/** BART's position tables have two rows that are never read. */
const POSITION_OFFSET = 2;
/** torch.nn.LayerNorm's own; BART has no setting for it. */
const EPSILON = 1e-5;

export interface NewDecoderOptions {
  /** L of the decoder. */
  readonly layers: number;
  /** A of each attention. @default the encoder's */
  readonly heads?: number | undefined;
  /** I. @default the encoder's */
  readonly intermediateSize?: number | undefined;
  /**
   * What its layers begin with. `encoder`: self-attention and feed-forward of encoder layers, evenly spread, and the encoder's
   * positions; its attention over the encoder's states is as `crossAttention` says. @default 'random'
   */
  readonly from?: 'random' | 'encoder' | undefined;
  /**
   * What its attention over the encoder's states begins with. `aligned`: queries and keys alike, so that like states find each other,
   * values passed on as they are, and the encoder's positions one further on, where the next token stands in a source that is copied
   * from its start; so the decoder's start token should be the source's first. Reading is learned faster from there. @default 'random'
   */
  readonly crossAttention?: 'random' | 'aligned' | undefined;
}

export interface NewSequenceToSequenceOptions {
  /** A pretrained encoder of the BERT family; or the sizes alone, for random weights. */
  readonly encoder: Pick<Checkpoint, 'config' | 'weights'> | { readonly config: EncoderConfig };
  readonly decoder: NewDecoderOptions;
  /** Longest source and longest output in tokens. @default the encoder's */
  readonly maxLength?: number | undefined;
  /** What the decoder is given first. With a BERT tokenizer the id of [SEP], as BART and CPT have it, or of [CLS]. */
  readonly decoderStartTokenId: number;
  readonly endTokenIds: readonly number[];
  readonly padTokenId: number;
  /** Dropout probabilities of both sides. @default 0.1, 0 and 0 */
  readonly dropout?: Partial<SequenceToSequenceConfig['decoder']['dropout']> | undefined;
  /** Of random weights. @default 1 */
  readonly seed?: number | undefined;
}

/**
 * Makes an encoder-decoder that isn't trained yet, in the layout of BART, so that `saveSequenceToSequence` writes what transformers
 * reads. The word table of the encoder is the decoder's too, and the vocabulary's. Of a BERT its segment 0 becomes part of the
 * positions, and LayerNorm's epsilon becomes BART's, 1e-5; both compute the same up to that.
 * @throws HasheeError `UNSUPPORTED` for encoders that BART's layout can't hold, `INVALID_CONFIG`, `INVALID_ARGUMENT`,
 * `INVALID_CHECKPOINT`
 */
export async function newSequenceToSequence(
  options: NewSequenceToSequenceOptions,
): Promise<SequenceToSequenceCheckpoint> {
  const { encoder: source, decoder, seed = 1 } = options;
  assertFits(source.config);
  const config = configOf(options);
  const random = Random.stream(seed, 0x6e6577);
  const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const [name, shape] of [...encoderTensors(config.encoder), ...decoderTensors(config)])
    if (name !== VOCABULARY_WEIGHT) tensors.set(name, { shape, data: initial(name, shape, random) });
  const put = (name: string, data: Float32Array): void => tensors.get(name)!.data.set(data);
  if ('weights' in source) {
    const read = (name: string): Promise<Float32Array> => source.weights.read(name);
    const positions = await positionsOf(source, config.encoder.maxLength);
    for (const [name] of encoderTensors(config.encoder))
      if (name !== 'embeddings.position') put(name, await read(name));
    const padded = new Float32Array(POSITION_OFFSET * config.encoder.hiddenSize + positions.length);
    padded.set(positions, padded.length - positions.length);
    put('embeddings.position', padded);
    if (decoder.from === 'encoder') {
      put(DECODER_POSITIONS, padded);
      for (const part of ['weight', 'bias'])
        put(`decoder.embeddings.norm.${part}`, await read(`embeddings.norm.${part}`));
      for (let layer = 1; layer <= decoder.layers; layer++) {
        const from = Math.ceil((layer * config.encoder.layers) / decoder.layers);
        for (const [theirs, ours] of COPIED)
          for (const part of ['weight', 'bias'])
            put(`decoder.layers.${layer}.${ours}.${part}`, await read(`layers.${from}.${theirs}.${part}`));
      }
    }
  }
  if (decoder.crossAttention === 'aligned') {
    const H = config.encoder.hiddenSize;
    for (let layer = 1; layer <= decoder.layers; layer++)
      for (const [part, value] of ALIGNED) {
        const { data } = tensors.get(`decoder.layers.${layer}.cross.${part}.weight`)!;
        for (let i = 0; i < H; i++) data[i * H + i] += value;
      }
    put(DECODER_POSITIONS, tensors.get('embeddings.position')!.data.subarray(H));
  }
  tensors.set(VOCABULARY_WEIGHT, tensors.get(WORD_TABLE)!);
  return { config, weights: new MemoryWeights(tensors) };
}

/** What is added to the diagonals of an aligned cross-attention: scores of like states stand out, values pass as they are. */
const ALIGNED: readonly (readonly [part: string, value: number])[] = [
  ['query', 2],
  ['key', 2],
  ['value', 1],
  ['output', 1],
];

/** Parts of an encoder layer and what they become in the decoder. */
const COPIED: readonly (readonly [encoder: string, decoder: string])[] = [
  ['query', 'self.query'],
  ['key', 'self.key'],
  ['value', 'self.value'],
  ['output', 'self.output'],
  ['attentionNorm', 'self.norm'],
  ['up', 'up'],
  ['down', 'down'],
  ['norm', 'norm'],
];

function assertFits(config: EncoderConfig): void {
  const refuse = (what: string, fields: Record<string, unknown>): never => {
    throw new HasheeError('UNSUPPORTED', `This encoder can't become part of an encoder-decoder: ${what}.`, { fields });
  };
  const { embeddingSize, hiddenSize, heads, headSize, layerWeights } = config;
  if (embeddingSize !== hiddenSize)
    refuse(`its embeddings are ${embeddingSize} wide, its states ${hiddenSize}`, { embeddingSize, hiddenSize });
  if (heads.some((count) => count !== heads[0]) || heads[0] * headSize !== hiddenSize)
    refuse('its layers have different numbers of attention heads', { heads });
  if (layerWeights.some((set, index) => set !== index + 1)) refuse('its layers share weights', { layerWeights });
}

function configOf(options: NewSequenceToSequenceOptions): SequenceToSequenceConfig {
  const { encoder: source, decoder, decoderStartTokenId, endTokenIds, padTokenId } = options;
  const maxLength = options.maxLength ?? source.config.maxLength;
  const { hiddenSize, activation } = source.config;
  const dropout = { hidden: 0.1, attention: 0, activation: 0, ...options.dropout };
  const heads = decoder.heads ?? source.config.heads[0];
  const intermediateSize = decoder.intermediateSize ?? source.config.intermediateSize;
  const refuse = (message: string, fields: Record<string, unknown>): never => {
    throw new HasheeError('INVALID_ARGUMENT', `newSequenceToSequence(): ${message}`, { fields });
  };
  if (hiddenSize % heads !== 0)
    refuse(`decoder.heads must divide the hidden size ${hiddenSize}, got ${heads}.`, { heads, hiddenSize });
  if ('weights' in source && maxLength > source.config.maxLength)
    refuse(`the encoder has positions for ${source.config.maxLength} tokens, maxLength is ${maxLength}.`, {
      maxLength,
    });
  if (decoder.from === 'encoder') {
    if (!('weights' in source)) refuse('decoder.from is "encoder", whose weights are missing.', {});
    if (heads !== source.config.heads[0] || intermediateSize !== source.config.intermediateSize)
      refuse('a decoder from the encoder has its heads and feed-forward size.', { heads, intermediateSize });
    if (decoder.layers > source.config.layers)
      refuse(`the encoder has ${source.config.layers} layers, decoder.layers is ${decoder.layers}.`, {
        layers: decoder.layers,
      });
  }
  const config: SequenceToSequenceConfig = {
    modelType: 'bart',
    encoder: {
      ...source.config,
      modelType: 'bart',
      maxLength,
      positionOffset: POSITION_OFFSET,
      typeVocabSize: 0,
      layerNormEpsilon: EPSILON,
      dropout: {
        ...{ hidden: dropout.hidden, attention: dropout.attention, classifier: 0 },
        ...(dropout.activation === 0 ? {} : { activation: dropout.activation }),
      },
      padTokenId,
    },
    decoder: {
      layers: decoder.layers,
      heads,
      headSize: hiddenSize / heads,
      intermediateSize,
      maxLength,
      positionOffset: POSITION_OFFSET,
      layerNormEpsilon: EPSILON,
      activation,
      dropout,
    },
    sourceSegment: 0,
    decoderStartTokenId,
    endTokenIds,
    padTokenId,
  };
  validateSequenceToSequenceConfig(config);
  return config;
}

/** N(0, 0.02) for matrices, 0 for biases, 1 for the weights of LayerNorm. */
function initial(name: string, shape: readonly number[], random: Random): Float32Array {
  const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
  if (/norm\.weight$/i.test(name)) data.fill(1);
  else if (shape.length > 1) for (let i = 0; i < data.length; i++) data[i] = DEVIATION * random.normal();
  return data;
}

/** Positions of the encoder as BART adds them to the words, [maxLength, H]: with those of segment 0, which every token has. */
async function positionsOf(
  { config, weights }: Pick<Checkpoint, 'config' | 'weights'>,
  maxLength: number,
): Promise<Float32Array> {
  const { hiddenSize: H, positionOffset, typeVocabSize } = config;
  const table = await weights.read('embeddings.position');
  const positions = table.slice(positionOffset * H, (positionOffset + maxLength) * H);
  if (typeVocabSize === 0) return positions;
  const segments = await weights.read('embeddings.type');
  return positions.map((value, i) => value + segments[i % H]);
}
