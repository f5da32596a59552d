import { encoderPredictor } from '../predictors/encoder-predictor.js';
import { majority } from '../predictors/majority.js';
import type { StudiedPredictor } from './judge-predictors.js';
import type { StudyContext } from './study-context.js';

/** The predictors that every kind of bits gets: the words' first, as they are cheap. */
export async function studiedPredictors(
  { settings, backend, model, wordPredictors }: StudyContext,
  { epochs, encoderBatch }: { readonly epochs: number; readonly encoderBatch: number },
  perLayer: boolean,
): Promise<StudiedPredictor[]> {
  const { batchSize, learningRate, words } = settings;
  const recipe = { epochs, batchSize: encoderBatch, learningRate };
  const embeddings = { data: await model.weights.read('embeddings.word'), size: model.config.embeddingSize };
  const fromWords = wordPredictors?.({ embeddings, ...words, batchSize }) ?? [];
  const kinds = perLayer ? (['one', 'per-layer'] as const) : (['one'] as const);
  return [
    { predictor: majority, recipe: null },
    ...fromWords.map((predictor) => ({ predictor, recipe: { ...words, batchSize } })),
    ...kinds.map((heads) => ({ predictor: encoderPredictor({ ...recipe, backend, model, heads }), recipe })),
  ];
}
