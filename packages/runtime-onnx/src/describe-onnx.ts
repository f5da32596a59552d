import type { OnnxOptions } from './onnx-options.js';
import { loadOrt } from './session/ort.js';
import { sessionOptions } from './session/session-options.js';

/** Which ONNX Runtime computes, and how its sessions are made: what has to stand beside every measurement. */
export interface OnnxDescription {
  /** Such as `onnxruntime-node`. */
  readonly package: string;
  readonly version: string;
  readonly sessionOptions: Readonly<Record<string, unknown>>;
}

/** @throws HasheeError `MISSING_DEPENDENCY` */
export async function describeOnnx(options: OnnxOptions = {}): Promise<OnnxDescription> {
  const ort = await loadOrt(options.ort);
  const versions: Readonly<Record<string, string | undefined>> = ort.env?.versions ?? {};
  const platform = ['node', 'web'].find((name) => versions[name] !== undefined) ?? 'common';
  return {
    package: `onnxruntime-${platform}`,
    version: versions[platform] ?? 'unknown',
    sessionOptions: { ...sessionOptions({ threads: options.threads, executionProviders: ['cpu'] }) },
  };
}
