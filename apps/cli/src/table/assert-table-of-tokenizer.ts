import { type ExitTable, HasheeError, type Tokenizer } from '@hashee/core';

/** @throws HasheeError `TABLE_MISMATCH` for a table that was made with another tokenizer */
export function assertTableOfTokenizer(table: ExitTable, tokenizer: Tokenizer, name: string): void {
  const { tokenizerFingerprint } = table;
  if (tokenizerFingerprint === undefined || tokenizerFingerprint === tokenizer.fingerprint) return;
  throw new HasheeError(
    'TABLE_MISMATCH',
    `${name} was made with another tokenizer than the model's. Build it again with hashee hash build.`,
    { fields: { table: tokenizerFingerprint, model: tokenizer.fingerprint } },
  );
}
