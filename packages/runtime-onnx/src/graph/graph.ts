/** Name of a tensor in a graph. */
export type Value = string;

export type ElementType = 'float32' | 'int64' | 'int32' | 'int8' | 'uint8' | 'bool';

/** Integers, floats, strings and integer lists as ONNX attributes have them. */
export type Attribute = number | { readonly float: number } | string | readonly number[];

export interface GraphNode {
  readonly operator: string;
  readonly domain: '' | 'com.microsoft';
  /** `''` for an optional input that is left out. */
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly gather?: GatherHint | undefined;
  /** Of an Identity: what its gradient is multiplied by. */
  readonly gradientScale?: number | undefined;
  /** Of an If: graphs within this one, whose outputs in their order are those of the node. */
  readonly branches?: readonly [whereTrue: Graph, whereFalse: Graph] | undefined;
}

/** What the gradient of a Gather may rely on. */
export type GatherHint =
  /** No row is picked twice. */
  | { readonly kind: 'distinct' }
  /** Row r of the data went to place `inverse[r]` of the output, and whatever was picked besides gets no gradient. */
  | { readonly kind: 'inverse'; readonly places: Value };

export interface GraphInput {
  readonly type: ElementType;
  /** Numbers are fixed sizes, names are free ones. */
  readonly shape: readonly (number | string)[];
}

/** A small tensor stored in the graph itself. */
export interface GraphConstant {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array | Int8Array | Uint8Array;
}

/** A model weight: bound to a file, to bytes or to an input when the graph becomes a model. */
export interface GraphParameter {
  /** Canonical name of the tensor. */
  readonly weight: string;
  /** May differ from the stored shape where only the view differs: same number of elements, same order. */
  readonly shape: readonly number[];
  /** @default 'float32' */
  readonly type?: ElementType | undefined;
}

export interface GraphOutput {
  readonly value: Value;
  readonly type: ElementType;
  /** Stated in the model where given. */
  readonly shape?: readonly (number | string)[] | undefined;
}

/** A computation under construction: ONNX operators on named values, in order of execution. */
export class Graph {
  readonly nodes: GraphNode[] = [];
  readonly inputs: Map<Value, GraphInput>;
  readonly constants: Map<Value, GraphConstant>;
  readonly parameters: Map<Value, GraphParameter>;
  /** By public name. */
  readonly outputs: Map<string, GraphOutput> = new Map();
  #count = 0;

  /** @param around a graph whose inputs, constants and parameters this one shares */
  constructor(around?: Graph) {
    this.inputs = around?.inputs ?? new Map();
    this.constants = around?.constants ?? new Map();
    this.parameters = around?.parameters ?? new Map();
  }

  /** A name that is free in this graph. */
  fresh(hint: string): Value {
    return `${hint}_${this.#count++}`;
  }

  input(name: string, type: ElementType, shape: readonly (number | string)[]): Value {
    if (!this.inputs.has(name)) this.inputs.set(name, { type, shape });
    return name;
  }

  /** A weight as a value; asking twice for the same view gives the same value. */
  parameter(weight: string, shape: readonly number[]): Value {
    const name = `${weight}[${shape.join(',')}]`;
    if (!this.parameters.has(name)) this.parameters.set(name, { weight, shape });
    return name;
  }

  integers(values: readonly number[], shape: readonly number[] = [values.length]): Value {
    const name = `int64[${shape.join(',')}]:${values.join(',')}`;
    this.constants.set(name, { type: 'int64', shape, data: BigInt64Array.from(values, BigInt) });
    return name;
  }

  float(value: number): Value {
    const name = `float32:${value}`;
    this.constants.set(name, { type: 'float32', shape: [], data: Float32Array.of(value) });
    return name;
  }

  /** Adds an operator with one output and returns that. */
  add(
    operator: string,
    inputs: readonly Value[],
    attributes: Record<string, Attribute> = {},
    domain: GraphNode['domain'] = '',
  ): Value {
    return this.addMany(operator, inputs, 1, attributes, domain)[0];
  }

  /** Adds an operator with several outputs. */
  addMany(
    operator: string,
    inputs: readonly Value[],
    outputs: number,
    attributes: Record<string, Attribute> = {},
    domain: GraphNode['domain'] = '',
  ): Value[] {
    const names = Array.from({ length: outputs }, () => this.fresh(operator));
    this.nodes.push({ operator, domain, inputs, outputs: names, attributes });
    return names;
  }

  /** Makes a value an output of the graph under a name of its own. */
  output(value: Value, name: string, type: ElementType = 'float32', shape?: readonly (number | string)[]): void {
    this.outputs.set(name, { value, type, shape });
  }
}
