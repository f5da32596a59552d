/** Weights as torch saves them by itself: a pickle, which can run code when it is opened. */
export const PICKLED_FILE = 'pytorch_model.bin';

/** Loaded as a BART, its encoder would be random. */
export const CONVERT_CPT =
  "CPT, which transformers doesn't have, is converted by tooling/convert-weights/convert.py of Hashee's repository.";
