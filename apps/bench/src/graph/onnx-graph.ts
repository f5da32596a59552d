import { HasheeError } from '@hashee/core';
import onnxProto, { type onnx } from 'onnx-proto';
import type { WeightFile } from './weight-file.js';

const { onnx: ONNX } = onnxProto;

/** Element types of ONNX. */
const TYPES = { float32: 1, int8: 3, int64: 7, bool: 9 } as const;
export type ElementType = keyof typeof TYPES;

/** A value of the graph, by its name. */
export type Value = string;

type Attribute = number | string | readonly number[];
/** Attributes that hold a whole number although ONNX has fractions beside them. */
const FRACTIONS = new Set(['alpha', 'beta', 'epsilon']);

/** LayerNormalization came with 17. */
const OPSET = 17;
const IR_VERSION = 8;

/** Puts an ONNX model together node by node; its weights lie in a file beside it. */
export class OnnxGraph {
  readonly #nodes: onnx.INodeProto[] = [];
  readonly #inputs: onnx.IValueInfoProto[] = [];
  readonly #outputs: onnx.IValueInfoProto[] = [];
  readonly #initializers = new Map<string, onnx.ITensorProto>();
  #count = 0;

  constructor(readonly weights: WeightFile) {}

  input(name: string, type: ElementType, dims: readonly (string | number)[]): Value {
    this.#inputs.push(valueInfo(name, type, dims));
    return name;
  }

  output(value: Value, name: string, dims: readonly (string | number)[]): void {
    this.#nodes.push({ opType: 'Identity', input: [value], output: [name], name: `${name}_out` });
    this.#outputs.push(valueInfo(name, 'float32', dims));
  }

  add(operator: string, inputs: readonly Value[], attributes: Readonly<Record<string, Attribute>> = {}): Value {
    return this.addMany(operator, inputs, 1, attributes)[0];
  }

  /** A node with several outputs. */
  addMany(
    operator: string,
    inputs: readonly Value[],
    outputs: number,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value[] {
    const name = `${operator}_${this.#count++}`;
    const output = Array.from({ length: outputs }, (_, i) => (i === 0 ? name : `${name}_${i}`));
    const attribute = Object.entries(attributes).map(([key, value]) => attributeOf(key, value));
    this.#nodes.push({ opType: operator, name, input: [...inputs], output, attribute });
    return output;
  }

  integers(values: readonly number[], dims: readonly number[] = [values.length]): Value {
    const data = BigInt64Array.from(values, BigInt);
    return this.#constant(`i64_${dims.length}_${values.join('_')}`, 'int64', dims, new Uint8Array(data.buffer));
  }

  float(value: number): Value {
    return this.#constant(`f32_${value}`, 'float32', [], new Uint8Array(Float32Array.of(value).buffer));
  }

  /** A tensor of the weight file. @throws HasheeError `NOT_FOUND` */
  weight(name: string): Value {
    const entry = this.weights.entries.get(name);
    if (!entry) throw new HasheeError('NOT_FOUND', `The weight file has no "${name}".`, { fields: { name } });
    if (!this.#initializers.has(name))
      this.#initializers.set(name, {
        name,
        dims: [...entry.shape],
        dataType: TYPES[entry.type],
        dataLocation: ONNX.TensorProto.DataLocation.EXTERNAL,
        externalData: [
          { key: 'location', value: this.weights.name },
          { key: 'offset', value: String(entry.byteOffset) },
          { key: 'length', value: String(entry.byteLength) },
        ],
      });
    return name;
  }

  /** The model's file; the weight file has to lie beside it. */
  encode(): Uint8Array {
    const model = ONNX.ModelProto.create({
      irVersion: IR_VERSION,
      producerName: 'hashee-bench',
      opsetImport: [{ domain: '', version: OPSET }],
      graph: {
        name: 'model',
        node: this.#nodes,
        input: this.#inputs,
        output: this.#outputs,
        initializer: [...this.#initializers.values()],
      },
    });
    return ONNX.ModelProto.encode(model).finish();
  }

  #constant(name: string, type: ElementType, dims: readonly number[], rawData: Uint8Array): Value {
    this.#initializers.set(name, { name, dims: [...dims], dataType: TYPES[type], rawData });
    return name;
  }
}

function valueInfo(name: string, type: ElementType, dims: readonly (string | number)[]): onnx.IValueInfoProto {
  const dim = dims.map((each) => (typeof each === 'number' ? { dimValue: each } : { dimParam: each }));
  return { name, type: { tensorType: { elemType: TYPES[type], shape: { dim } } } };
}

function attributeOf(name: string, value: Attribute): onnx.IAttributeProto {
  const { AttributeType } = ONNX.AttributeProto;
  if (typeof value === 'string') return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
  if (typeof value !== 'number') return { name, type: AttributeType.INTS, ints: [...value] };
  if (FRACTIONS.has(name)) return { name, type: AttributeType.FLOAT, f: value };
  return { name, type: AttributeType.INT, i: value };
}
