/** What is known of the study that this follows, from its published program and data; its paper prints no tables of these. */
export const reported = {
  human: 'The classifier fits its training set; on its 1,000 test pairs it is right on about 60 %.',
  sentence:
    'BERT-base with 12 exits, trained on 15,000 pairs, annotated SNLI dev. Positive rates of the layers on its test rows rise from 36.3 % to 83.6 %; 21.7 % of the rows are right in all layers, 6.4 % in none, 71.8 % never turn from right to wrong. Majority 75.9 %, random 65.6 % (F1 of class 0 about 37.3). Its conclusion: neural models predict difficulty poorly.',
  given: 'The same data: 8,000 of its training rows are public, and used here.',
  token:
    'OntoNotes with BERT-base-cased, here WNUT-17, as OntoNotes is not free. Its finding: what token-level predictors gain is mostly a prior over labels.',
  exits:
    'Its conclusion: a learned exit module is not needed; a hash assigns exits that are the same in training and inference.',
} as const;
