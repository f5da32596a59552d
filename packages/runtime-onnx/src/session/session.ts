import { HasheeError } from '@hashee/core';
import type { InferenceSession, Tensor } from 'onnxruntime-common';
import type { Feed } from '../encoder/plan.js';
import type { Graph } from '../graph/graph.js';
import { modelBytes, type ParameterBinding } from '../graph/model-bytes.js';
import type { OrtModule } from './ort.js';

export interface SessionSettings {
  readonly ort: OrtModule;
  readonly threads: number | undefined;
  readonly executionProviders: readonly string[];
}

/** A compiled graph. */
export class GraphSession {
  readonly #ort: OrtModule;
  readonly #session: InferenceSession;
  readonly #inputs: readonly string[];

  private constructor(ort: OrtModule, session: InferenceSession) {
    this.#ort = ort;
    this.#session = session;
    this.#inputs = session.inputNames;
  }

  /**
   * Idle worker threads don't spin: with more than one live session spinning takes the cores from the one that works.
   * @throws HasheeError `RUNTIME`
   */
  static async create(
    settings: SessionSettings,
    graph: Graph,
    binding: { readonly folder: string | undefined; readonly bind: (weight: string) => ParameterBinding },
  ): Promise<GraphSession> {
    const options: InferenceSession.SessionOptions = {
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
          ...(binding.folder === undefined ? {} : { model_external_initializers_file_folder_path: binding.folder }),
        },
      },
    };
    try {
      const bytes = modelBytes(graph, (parameter) => binding.bind(parameter.weight));
      return new GraphSession(settings.ort, await settings.ort.InferenceSession.create(bytes, options));
    } catch (cause) {
      throw new HasheeError('RUNTIME', `ONNX Runtime refused the graph: ${message(cause)}`, { cause });
    }
  }

  tensor(feed: Feed): Tensor {
    return new this.#ort.Tensor(feed.type, feed.data as Float32Array, feed.dims);
  }

  /** Feeds may hold more than this graph takes. `fetches` are written in place where given. */
  async run(
    feeds: { get(name: string): Feed | undefined },
    fetches?: Readonly<Record<string, Tensor>>,
  ): Promise<InferenceSession.OnnxValueMapType> {
    const inputs: Record<string, Tensor> = {};
    for (const name of this.#inputs) {
      const feed = feeds.get(name);
      if (!feed)
        throw new HasheeError('RUNTIME', `The graph wants an input "${name}" that the plan lacks.`, {
          fields: { name },
        });
      inputs[name] = this.tensor(feed);
    }
    try {
      return fetches ? await this.#session.run(inputs, fetches) : await this.#session.run(inputs);
    } catch (cause) {
      throw new HasheeError('RUNTIME', `ONNX Runtime failed: ${message(cause)}`, { cause });
    }
  }

  async release(): Promise<void> {
    await this.#session.release();
  }
}

function message(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
