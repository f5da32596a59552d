/** How much of everything the study takes. All counts are rows unless they say otherwise. */
export interface StudySettings {
  /** Of the classifier for people's difficulty, and of predictors from words. */
  readonly batchSize: number;
  /** Of encoders. */
  readonly learningRate: number;
  /** Longest input in tokens. */
  readonly maxLength: number;
  readonly human: { readonly epochs: number };
  readonly sentence: {
    /** SNLI pairs that the multi-exit model is trained on, and those that select its weights; both from its training set. */
    readonly train: number;
    readonly select: number;
    readonly epochs: number;
    /** Of the multi-exit model, the models that exit, and of encoders that predict. */
    readonly batchSize: number;
    /** SNLI dev pairs that are annotated: predictors are trained on some, select on some; the rest is their test. */
    readonly annotated: number;
    readonly predictorTrain: number;
    readonly predictorDev: number;
    readonly predictorEpochs: number;
  };
  /** The published annotations of a model with 12 layers. */
  readonly given: { readonly train: number; readonly dev: number; readonly epochs: number; readonly batchSize: number };
  readonly token: {
    /** WNUT-17 sentences that the tagger is trained on. */
    readonly train: number;
    readonly epochs: number;
    readonly batchSize: number;
    /** Annotated sentences of its dev set: predictors are trained on some, select on some; the rest is their test. */
    readonly predictorTrain: number;
    readonly predictorDev: number;
    readonly predictorEpochs: number;
  };
  /** Predictors from words. */
  readonly words: { readonly epochs: number; readonly units: number };
  readonly exits: {
    /** Wanted speed-ups. */
    readonly targets: readonly number[];
    /** One model each. */
    readonly hashes: readonly { readonly hash: 'frequency' | 'random-inconsistent'; readonly target: number }[];
    /** Training pairs whose exits are followed through the training. */
    readonly probed: number;
  };
}

export type StudySize = 'full' | 'small' | 'smoke';

/** Sizes by name. */
export const studySizes: Readonly<Record<StudySize, StudySettings>> = {
  /** As in the study this follows, with an SNLI training set of 20,000 pairs and BERT-base's epochs. */
  full: {
    batchSize: 32,
    learningRate: 3e-5,
    maxLength: 128,
    human: { epochs: 10 },
    sentence: {
      train: 15_000,
      select: 2000,
      epochs: 5,
      batchSize: 32,
      annotated: 9842,
      predictorTrain: 7000,
      predictorDev: 1000,
      predictorEpochs: 10,
    },
    given: { train: 6400, dev: 799, epochs: 10, batchSize: 32 },
    token: { train: 3394, epochs: 5, batchSize: 32, predictorTrain: 600, predictorDev: 100, predictorEpochs: 5 },
    words: { epochs: 10, units: 256 },
    exits: {
      targets: [2, 3],
      hashes: [
        { hash: 'frequency', target: 2 },
        { hash: 'frequency', target: 3 },
        { hash: 'random-inconsistent', target: 2 },
        { hash: 'random-inconsistent', target: 3 },
      ],
      probed: 1000,
    },
  },
  /**
   * About half an hour a seed on one core that is free: little data needs many updates, so batches are small and
   * the learning rate is higher.
   */
  small: {
    batchSize: 32,
    learningRate: 1e-4,
    maxLength: 128,
    human: { epochs: 4 },
    sentence: {
      train: 6000,
      select: 200,
      epochs: 2,
      batchSize: 16,
      annotated: 1600,
      predictorTrain: 600,
      predictorDev: 200,
      predictorEpochs: 3,
    },
    given: { train: 600, dev: 200, epochs: 3, batchSize: 8 },
    token: { train: 1200, epochs: 2, batchSize: 8, predictorTrain: 500, predictorDev: 100, predictorEpochs: 3 },
    words: { epochs: 4, units: 64 },
    exits: {
      targets: [2, 3],
      hashes: [
        { hash: 'frequency', target: 2 },
        { hash: 'random-inconsistent', target: 2 },
      ],
      probed: 150,
    },
  },
  /** Shows that everything runs, in two or three minutes; its numbers say nothing. */
  smoke: {
    batchSize: 32,
    learningRate: 1e-4,
    maxLength: 64,
    human: { epochs: 1 },
    sentence: {
      train: 96,
      select: 64,
      epochs: 1,
      batchSize: 8,
      annotated: 160,
      predictorTrain: 64,
      predictorDev: 32,
      predictorEpochs: 1,
    },
    given: { train: 64, dev: 32, epochs: 1, batchSize: 8 },
    token: { train: 64, epochs: 1, batchSize: 8, predictorTrain: 48, predictorDev: 16, predictorEpochs: 1 },
    words: { epochs: 1, units: 16 },
    exits: {
      targets: [2],
      hashes: [
        { hash: 'frequency', target: 2 },
        { hash: 'random-inconsistent', target: 2 },
      ],
      probed: 32,
    },
  },
};
