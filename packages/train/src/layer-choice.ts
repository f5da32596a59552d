/** Which layers run in an update: BERT-of-Theseus replaces layers at random while it trains. */
export interface LayerChoice {
  /** Changes with the choice; a run isn't resumed under another. */
  readonly fingerprint: string;
  /**
   * @param step updates done before
   * @returns ascending, from 1; the same for the same step
   */
  of(step: number): readonly number[];
}
