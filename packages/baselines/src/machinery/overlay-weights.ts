import type { WeightSource } from '@hashee/core';

interface Tensor {
  readonly shape: readonly number[];
  read(): Promise<Float32Array>;
}

/** A source with some tensors added or replaced, and others left out. */
export function overlayWeights(
  source: WeightSource,
  changes: ReadonlyMap<string, Tensor>,
  leaveOut: (name: string) => boolean = () => false,
): WeightSource {
  const names = [...new Set([...source.names().filter((name) => !leaveOut(name)), ...changes.keys()])];
  return {
    names: () => names,
    shape: (name) => changes.get(name)?.shape ?? source.shape(name),
    read: (name) => changes.get(name)?.read() ?? source.read(name),
    location: (name) => (changes.has(name) ? undefined : source.location?.(name)),
  };
}

/** Tensors of a source under other names. @param names new name by old one */
export function tensorsOf(source: WeightSource, names: ReadonlyMap<string, string>): Map<string, Tensor> {
  return new Map(Array.from(names, ([from, to]) => [to, { shape: source.shape(from), read: () => source.read(from) }]));
}
