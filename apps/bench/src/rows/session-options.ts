import type { InferenceSession } from 'onnxruntime-node';

/**
 * What the peers' sessions are made with: ONNX Runtime's own optimisations, and no spinning, because idle threads of one session
 * would take the cores from the one whose turn it is.
 */
export function peerSessionOptions(threads: number): InferenceSession.SessionOptions {
  return {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
  };
}
