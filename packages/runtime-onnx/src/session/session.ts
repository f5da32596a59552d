import { HasheeError } from '@hashee/core';
import type { InferenceSession, Tensor } from 'onnxruntime-common';
import type { Feed } from '../encoder/plan.js';
import type { Graph, GraphParameter } from '../graph/graph.js';
import { modelBytes, type ParameterBinding } from '../graph/model-bytes.js';
import type { OrtModule } from './ort.js';
import { sessionOptions } from './session-options.js';

/** Where a session finds the weights of its graph. */
export interface SessionWeights {
  /** Folder of external files. */
  readonly folder?: string | undefined;
  readonly bind: (weight: string) => ParameterBinding;
  /** Changes a graph before it is compiled. */
  readonly prepare?: ((graph: Graph) => void) | undefined;
  /** Present values of the weights that are bound as inputs. */
  readonly values?: ((weight: string) => Float32Array) | undefined;
}

export interface SessionSettings {
  readonly ort: OrtModule;
  readonly threads: number | undefined;
  readonly executionProviders: readonly string[];
}

/** A compiled graph. */
export class GraphSession {
  readonly #ort: OrtModule;
  readonly #session: InferenceSession;
  readonly #parameters: ReadonlyMap<string, GraphParameter>;
  readonly #values: SessionWeights['values'];
  /** Tensors of the weights that are inputs, made again only when a weight has moved. */
  readonly #weights = new Map<string, { readonly data: Float32Array; readonly tensor: Tensor }>();

  private constructor(ort: OrtModule, session: InferenceSession, graph: Graph, weights: SessionWeights) {
    this.#ort = ort;
    this.#session = session;
    this.#parameters = graph.parameters;
    this.#values = weights.values;
  }

  /** @throws HasheeError `RUNTIME` */
  static async create(settings: SessionSettings, graph: Graph, weights: SessionWeights): Promise<GraphSession> {
    const options = sessionOptions(settings, weights.folder);
    weights.prepare?.(graph);
    try {
      const bytes = modelBytes(graph, (parameter) => weights.bind(parameter.weight));
      return new GraphSession(settings.ort, await settings.ort.InferenceSession.create(bytes, options), graph, weights);
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
    fetches?: Readonly<Record<string, Tensor | null>>,
  ): Promise<InferenceSession.OnnxValueMapType> {
    const inputs: Record<string, Tensor> = {};
    for (const name of this.#session.inputNames) {
      const parameter = this.#parameters.get(name);
      if (parameter && this.#values) {
        inputs[name] = this.#weight(name, this.#values(parameter.weight), parameter.shape);
        continue;
      }
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

  #weight(name: string, data: Float32Array, shape: readonly number[]): Tensor {
    const known = this.#weights.get(name);
    const { buffer, byteOffset } = data;
    if (known && known.data.buffer === buffer && known.data.byteOffset === byteOffset) return known.tensor;
    const tensor = this.tensor({ type: 'float32', data, dims: shape });
    this.#weights.set(name, { data, tensor });
    return tensor;
  }

  async release(): Promise<void> {
    await this.#session.release();
  }
}

function message(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
