import type { Attribute, ElementType, Graph, GraphNode, GraphParameter, Value } from './graph.js';
import {
  type AttributeMessage,
  encodeModel,
  type NodeMessage,
  type TensorMessage,
  type ValueInfoMessage,
} from './onnx-messages.js';

/** TensorProto.DataType */
const ELEMENT_TYPES: Readonly<Record<ElementType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
};

/** AttributeProto.AttributeType */
const ATTRIBUTE_TYPES = { float: 1, int: 2, string: 3, graph: 5, ints: 7 };

/** TensorProto.DataLocation.EXTERNAL */
const EXTERNAL = 1;

/** Where the bytes of a weight come from when the model is loaded. */
export type ParameterBinding =
  | { readonly kind: 'file'; readonly location: string; readonly byteOffset: number; readonly byteLength: number }
  | { readonly kind: 'bytes'; readonly data: Float32Array | Int8Array | Uint8Array }
  | { readonly kind: 'input' };

/** Newest opset whose operators are used; LayerNormalization needs 17, Gelu 20. */
export const OPSET = 20;

export interface ModelFormat {
  readonly opset: number;
  /** Newest version of ONNX's file format that is needed; older runtimes refuse newer ones. */
  readonly irVersion: number;
}

const FORMAT: ModelFormat = { opset: OPSET, irVersion: 9 };

function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function attributeProto(name: string, value: Attribute): AttributeMessage {
  if (typeof value === 'number') return { name, type: ATTRIBUTE_TYPES.int, i: BigInt(value) };
  if (typeof value === 'string') return { name, type: ATTRIBUTE_TYPES.string, s: new TextEncoder().encode(value) };
  if ('float' in value) return { name, type: ATTRIBUTE_TYPES.float, f: value.float };
  return { name, type: ATTRIBUTE_TYPES.ints, ints: value.map(BigInt) };
}

function valueInfo(name: Value, type: ElementType, shape?: readonly (number | string)[]): ValueInfoMessage {
  const dim = shape?.map((size) => (typeof size === 'number' ? { dimValue: BigInt(size) } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: ELEMENT_TYPES[type], ...(dim ? { shape: { dim } } : {}) } } };
}

function parameterProto(
  name: Value,
  parameter: GraphParameter,
  binding: Exclude<ParameterBinding, { kind: 'input' }>,
): TensorMessage {
  const tensor = { name, dims: parameter.shape.map(BigInt), dataType: ELEMENT_TYPES[parameter.type ?? 'float32'] };
  if (binding.kind === 'bytes') return { ...tensor, rawData: bytesOf(binding.data) };
  return {
    ...tensor,
    dataLocation: EXTERNAL,
    externalData: [
      { key: 'location', value: binding.location },
      { key: 'offset', value: String(binding.byteOffset) },
      { key: 'length', value: String(binding.byteLength) },
    ],
  };
}

/** Output values take their public names; one that is output twice, or is no node's result, is copied. */
function outputNames(graph: Graph): { rename: (value: Value) => string; copies: GraphNode[] } {
  const computed = new Set(graph.nodes.flatMap(({ outputs }) => outputs));
  const names = new Map<Value, string>();
  const copies: GraphNode[] = [];
  for (const [name, { value }] of graph.outputs) {
    if (computed.has(value) && !names.has(value)) names.set(value, name);
    else copies.push({ operator: 'Identity', domain: '', inputs: [value], outputs: [name], attributes: {} });
  }
  return { rename: (value) => names.get(value) ?? value, copies };
}

function nodeProto(node: GraphNode, rename: (value: Value) => string): NodeMessage {
  const { operator, domain, inputs, outputs, attributes, branches } = node;
  return {
    opType: operator,
    domain,
    input: inputs.map(rename),
    output: outputs.map(rename),
    attribute: [
      ...Object.entries(attributes).map(([name, value]) => attributeProto(name, value)),
      ...(branches
        ? [branchProto('then_branch', branches[0], rename), branchProto('else_branch', branches[1], rename)]
        : []),
    ],
  };
}

function branchProto(name: string, branch: Graph, rename: (value: Value) => string): AttributeMessage {
  const output = [...branch.outputs.values()].map(({ value, type }) => valueInfo(value, type));
  const node = branch.nodes.map((each) => nodeProto(each, rename));
  return { name, type: ATTRIBUTE_TYPES.graph, g: { name, input: [], output, initializer: [], node } };
}

function allNodes({ nodes }: Graph): GraphNode[] {
  return nodes.flatMap((node) => [node, ...(node.branches ?? []).flatMap(allNodes)]);
}

/** The graph as the bytes of an ONNX model; `bind` says where each weight comes from. */
export function modelBytes(
  graph: Graph,
  bind: (parameter: GraphParameter) => ParameterBinding,
  format: ModelFormat = FORMAT,
): Uint8Array {
  const input = [...graph.inputs].map(([name, { type, shape }]) => valueInfo(name, type, shape));
  const initializer: TensorMessage[] = [...graph.constants].map(([name, { type, shape, data }]) => ({
    name,
    dims: shape.map(BigInt),
    dataType: ELEMENT_TYPES[type],
    rawData: bytesOf(data),
  }));
  for (const [name, parameter] of graph.parameters) {
    const binding = bind(parameter);
    if (binding.kind === 'input') input.push(valueInfo(name, parameter.type ?? 'float32', parameter.shape));
    else initializer.push(parameterProto(name, parameter, binding));
  }
  const { rename, copies } = outputNames(graph);
  const contrib = allNodes(graph).some(({ domain }) => domain === 'com.microsoft');
  return encodeModel({
    irVersion: BigInt(format.irVersion),
    producerName: '@hashee/runtime-onnx',
    opsetImport: [
      { domain: '', version: BigInt(format.opset) },
      ...(contrib ? [{ domain: 'com.microsoft', version: 1n }] : []),
    ],
    graph: {
      name: 'hashee',
      input,
      output: [...graph.outputs].map(([name, { type, shape }]) => valueInfo(name, type, shape)),
      initializer,
      node: [...graph.nodes, ...copies].map((node) => nodeProto(node, rename)),
    },
  });
}
