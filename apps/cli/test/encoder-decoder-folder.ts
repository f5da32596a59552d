import { join } from 'node:path';
import { loadSequenceToSequence, type SequenceToSequence, saveSequenceToSequence } from '@hashee/checkpoint';

const GOLDEN = join(import.meta.dirname, '../../../packages/generation/test/golden');

/** Texts that the golden encoder-decoders turn into something, of lengths that differ. */
export const SOURCES: readonly string[] = [
  'The storm passed over the coast on Sunday and left thousands without power.',
  'Rain.',
  'Schools stay closed until Monday, the mayor said.',
];

/** Writes a golden encoder-decoder (random BART or CPT with a tokenizer) to a folder, with an exit table. */
export async function writeEncoderDecoder(
  directory: string,
  family: 'bart' | 'cpt',
  generationConfig: Readonly<Record<string, unknown>> = {},
): Promise<SequenceToSequence> {
  const golden = await loadSequenceToSequence(join(GOLDEN, family));
  const { layers, vocabSize } = golden.config.encoder;
  const exitLayer = Uint8Array.from({ length: vocabSize }, (_, id) =>
    golden.tokenizer.specialIds.has(id) ? layers : 1 + (id % layers),
  );
  await saveSequenceToSequence(directory, {
    ...golden,
    base: golden,
    exitTable: { layers, exitLayer, hash: { name: 'custom', parameters: {} } },
    generationConfig: { ...golden.generationConfig, num_beams: 1, early_stopping: false, ...generationConfig },
  });
  return loadSequenceToSequence(directory);
}
