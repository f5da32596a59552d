import { type Account, denseMacs, headMacs, type Output, type TokenBatch } from '@hashee/core';
import type { EvaluatedModel } from '@hashee/eval';
import type { Runner, RunOptions } from './method.js';

/**
 * A method under one setting as `evaluate` and `measureThroughput` of `@hashee/eval` take a model. Its account says what all
 * members together executed, and what the dense model of the comparison would have, last layer and all; tokens and layers
 * are those of the first member.
 */
export function atSetting(runner: Runner, setting?: number): EvaluatedModel {
  const { config, head: denseHead } = runner.dense;
  return {
    config,
    head: runner.head,
    async forward(batch: TokenBatch, options: RunOptions = {}): Promise<Output> {
      const { logits, macs, accounts } = await runner.run(batch, setting, options);
      let dense = headMacs(config, denseHead, batch.offsets.length - 1);
      for (let b = 0; b + 1 < batch.offsets.length; b++)
        dense += denseMacs(config, batch.offsets[b + 1] - batch.offsets[b]);
      const account: Account = {
        ...accounts[0],
        macs,
        denseMacs: dense,
        milliseconds: accounts.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
      };
      return { logits, labels: runner.head.labels.length, account };
    },
  };
}
