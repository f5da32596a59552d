import type { EncoderConfig, HeadConfig, HeadTask } from '@hashee/core';

/**
 * The usual head for a task on top of an encoder, named `main`: the last layer's first token through a tanh layer, or,
 * for token classification, every token as it is.
 * @param labels names of the classes or tags; for regression the name of the value
 */
export function mainHead(config: EncoderConfig, task: HeadTask, labels: readonly string[]): HeadConfig {
  return {
    name: 'main',
    task,
    labels,
    layer: config.layers,
    dense: task === 'token-classification' ? 'none' : 'tanh',
    dropout: config.dropout.classifier,
  };
}
