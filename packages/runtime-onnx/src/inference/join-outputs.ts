import type { Account, Output, TokenBatch } from '@hashee/core';

/**
 * The output of a batch whose sequences were computed in several runs.
 * @param runs places in the batch of each run's sequences
 * @param perToken logits are of tokens, not of sequences
 */
export function joinOutputs(
  batch: TokenBatch,
  runs: readonly Int32Array[],
  outputs: readonly Output[],
  perToken: boolean,
): Output {
  const { offsets } = batch;
  const [{ labels, hidden, account }] = outputs;
  const B = offsets.length - 1;
  const T = offsets[B];
  const ofTokens = <Values extends Float32Array | Uint8Array>(
    values: Values,
    parts: readonly { readonly values: Values; readonly width: number }[],
  ): Values => {
    parts.forEach(({ values: part, width }, run) => {
      let from = 0;
      for (const b of runs[run]) {
        const size = (offsets[b + 1] - offsets[b]) * width;
        values.set(part.subarray(from, from + size), offsets[b] * width);
        from += size;
      }
    });
    return values;
  };
  const H = hidden ? hidden.length / account.exitLayers.length : 0;
  const logits = new Float32Array((perToken ? T : B) * labels);
  if (perToken)
    ofTokens(
      logits,
      outputs.map((output) => ({ values: output.logits, width: labels })),
    );
  else
    outputs.forEach((output, run) => {
      runs[run].forEach((b, row) => {
        logits.set(output.logits.subarray(row * labels, (row + 1) * labels), b * labels);
      });
    });
  const exitLayers = ofTokens(
    new Uint8Array(T),
    outputs.map(({ account }) => ({ values: account.exitLayers, width: 1 })),
  );
  return {
    logits,
    labels,
    ...(hidden
      ? {
          hidden: ofTokens(
            new Float32Array(T * H),
            outputs.map((output) => ({ values: output.hidden!, width: H })),
          ),
        }
      : {}),
    account: joinAccounts(
      outputs.map(({ account }) => account),
      exitLayers,
    ),
  };
}

function joinAccounts(accounts: readonly Account[], exitLayers: Uint8Array): Account {
  const sum = (of: (account: Account) => number): number => accounts.reduce((total, account) => total + of(account), 0);
  const { runtime, device, dtype, activeTokens } = accounts[0];
  return {
    ...{ runtime, device, dtype, exitLayers },
    activeTokens: activeTokens.map((_, index) => sum((account) => account.activeTokens[index])),
    attention: activeTokens.map((_, index) => {
      const most = accounts.reduce((a, b) => (b.activeTokens[index] > a.activeTokens[index] ? b : a));
      return most.attention[index];
    }),
    macs: sum(({ macs }) => macs),
    denseMacs: sum(({ denseMacs }) => denseMacs),
    milliseconds: sum(({ milliseconds }) => milliseconds),
  };
}
