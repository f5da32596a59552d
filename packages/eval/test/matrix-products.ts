import onnxProto, { type onnx } from 'onnx-proto';
import * as ort from 'onnxruntime-node';

type OrtModule = Pick<typeof ort, 'InferenceSession' | 'Tensor'>;
type Feeds = Parameters<ort.InferenceSession['run']>[0];

/** Operators that multiply matrices; everything else in the graphs works element by element, or moves rows. */
const PRODUCTS = new Set([
  'MatMul',
  'Gemm',
  'FusedMatMul',
  'FusedGemm',
  'Einsum',
  'Conv',
  'Attention',
  'MultiHeadAttention',
]);

/**
 * ONNX Runtime with a counter: every matrix product of every graph that runs is also an output, and the shapes that come out
 * say what was multiplied. Knows nothing of encoders.
 */
export class MatrixProducts {
  macs = 0;
  readonly operators: Set<string> = new Set();

  readonly module: OrtModule = {
    Tensor: ort.Tensor,
    InferenceSession: { create: (bytes: Uint8Array, options: object) => this.#create(bytes, options) },
  } as unknown as OrtModule;

  async #create(bytes: Uint8Array, options: object): Promise<unknown> {
    const model = onnxProto.onnx.ModelProto.decode(bytes);
    const graph = model.graph as onnx.IGraphProto;
    const nodes = graph.node ?? [];
    const products = nodes.filter(({ opType }) => PRODUCTS.has(opType as string));
    for (const { opType } of products) this.operators.add(opType as string);
    const constants = new Map(graph.initializer?.map(({ name, dims }) => [name as string, (dims ?? []).map(Number)]));
    const outputs = new Set(graph.output?.map(({ name }) => name as string));
    const own = [...outputs];
    const computed = new Set(nodes.flatMap(({ output }) => output ?? []));
    for (const { input, output } of products)
      for (const name of [...(input ?? []).slice(0, 2), ...(output ?? [])]) if (computed.has(name)) outputs.add(name);
    graph.output = [...outputs].map((name) => graph.output?.find((each) => each.name === name) ?? { name });
    const changed = onnxProto.onnx.ModelProto.encode(model).finish();
    const session = await ort.InferenceSession.create(changed, options);
    const run = async (feeds: Feeds): Promise<Record<string, ort.Tensor>> => {
      const values = (await session.run(feeds)) as Record<string, ort.Tensor>;
      const shape = (name: string): readonly number[] =>
        constants.get(name) ?? (values[name] ?? (feeds as Record<string, ort.Tensor>)[name]).dims;
      for (const node of products) this.macs += productMacs(node, shape);
      return Object.fromEntries(own.map((name) => [name, values[name]]));
    };
    return { inputNames: session.inputNames, outputNames: own, run, release: () => session.release() };
  }
}

/** Elements of the result times the length of the sums that they are. */
function productMacs(node: onnx.INodeProto, shape: (name: string) => readonly number[]): number {
  const [left] = node.input ?? [];
  const [result] = node.output ?? [];
  const transposed = (name: string): boolean =>
    node.attribute?.some((each) => each.name === name && Number(each.i) === 1) ?? false;
  if (!['MatMul', 'Gemm', 'FusedMatMul'].includes(node.opType as string))
    throw new Error(`Can't count ${node.opType}.`);
  const of = shape(left);
  const inner = of[transposed('transA') ? of.length - 2 : of.length - 1];
  return shape(result).reduce((product, size) => product * size, 1) * inner;
}
