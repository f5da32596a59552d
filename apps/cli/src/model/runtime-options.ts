import { Option } from 'commander';
import type { BackendRequest } from '../context.js';

/** Options that say what computes. */
export interface RuntimeOptions {
  readonly runtime?: BackendRequest['runtime'];
  readonly engine?: BackendRequest['engine'];
  readonly dtype?: string | undefined;
}

const ENGINES = ['auto', 'node-gpu', 'node', 'wasm', 'cpu'] as const;

export function runtimeOption(): Option {
  return new Option('--runtime <name>', 'what computes: ONNX Runtime or TensorFlow.js')
    .choices(['onnx', 'tfjs'])
    .default('onnx');
}

export function engineOption(): Option {
  return new Option('--engine <name>', 'of --runtime tfjs (default: auto, the fastest that works)').choices(ENGINES);
}

/** Of the commands that infer; training is always fp32. */
export function dtypeOption(): Option {
  return new Option('--dtype <type>', 'what linear maps are computed in: 8-bit integers are faster, not exact')
    .choices(['fp32', 'q8'])
    .default('fp32');
}

export function backendRequest(options: RuntimeOptions, threads?: number | undefined): BackendRequest {
  return { threads, runtime: options.runtime, engine: options.engine };
}
