import type { InferenceSession } from 'onnxruntime-common';

/**
 * What every session is made with. Idle worker threads don't spin: with more than one live session spinning takes the cores
 * from the one that works.
 * @param folder of external weights
 */
export function sessionOptions(
  settings: { readonly threads: number | undefined; readonly executionProviders: readonly string[] },
  folder?: string,
): InferenceSession.SessionOptions {
  return {
    executionProviders: [...settings.executionProviders],
    graphOptimizationLevel: 'all',
    ...(settings.threads === undefined ? {} : { intraOpNumThreads: settings.threads }),
    interOpNumThreads: 1,
    enableMemPattern: false,
    logSeverityLevel: 3,
    extra: {
      session: {
        intra_op: { allow_spinning: '0' },
        inter_op: { allow_spinning: '0' },
        ...(folder === undefined ? {} : { model_external_initializers_file_folder_path: folder }),
      },
    },
  };
}
