import type { Activation } from '@hashee/core';
import type { ConfigFields } from '../config/config-fields.js';

const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  gelu: 'gelu',
  gelu_python: 'gelu',
  gelu_new: 'gelu_tanh',
  gelu_fast: 'gelu_tanh',
  gelu_pytorch_tanh: 'gelu_tanh',
  relu: 'relu',
};

/** @throws HasheeError `UNSUPPORTED` for functions that no runtime has */
export function readActivation(fields: ConfigFields, name: string, fallback: string): Activation {
  const value = fields.string(name, fallback);
  return Object.hasOwn(ACTIVATIONS, value)
    ? ACTIVATIONS[value]
    : fields.unsupported(
        `the activation "${value}" can't be computed; expected one of ${Object.keys(ACTIVATIONS).join(', ')}.`,
        { field: name, actual: value },
      );
}

/** The name that transformers has for it. */
export function writeActivation(activation: Activation): string {
  return activation === 'gelu_tanh' ? 'gelu_new' : activation;
}
