import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** Field number, type (scalar, or a message of this table), and whether it repeats. */
type Field = readonly [number: number, type: string, repeated?: 'repeated'];

/** The part of ONNX's messages that is written here, by ONNX's names, in camel case, and field numbers (onnx/onnx.proto). */
const MESSAGES: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  ModelProto: {
    irVersion: [1, 'int64'],
    producerName: [2, 'string'],
    graph: [7, 'GraphProto'],
    opsetImport: [8, 'OperatorSetIdProto', 'repeated'],
  },
  OperatorSetIdProto: { domain: [1, 'string'], version: [2, 'int64'] },
  GraphProto: {
    node: [1, 'NodeProto', 'repeated'],
    name: [2, 'string'],
    initializer: [5, 'TensorProto', 'repeated'],
    input: [11, 'ValueInfoProto', 'repeated'],
    output: [12, 'ValueInfoProto', 'repeated'],
  },
  NodeProto: {
    input: [1, 'string', 'repeated'],
    output: [2, 'string', 'repeated'],
    opType: [4, 'string'],
    attribute: [5, 'AttributeProto', 'repeated'],
    domain: [7, 'string'],
  },
  AttributeProto: {
    name: [1, 'string'],
    f: [2, 'float'],
    i: [3, 'int64'],
    s: [4, 'bytes'],
    g: [6, 'GraphProto'],
    ints: [8, 'int64', 'repeated'],
    type: [20, 'int32'],
  },
  TensorProto: {
    dims: [1, 'int64', 'repeated'],
    dataType: [2, 'int32'],
    name: [8, 'string'],
    rawData: [9, 'bytes'],
    externalData: [13, 'StringStringEntryProto', 'repeated'],
    dataLocation: [14, 'int32'],
  },
  StringStringEntryProto: { key: [1, 'string'], value: [2, 'string'] },
  ValueInfoProto: { name: [1, 'string'], type: [2, 'TypeProto'] },
  TypeProto: { tensorType: [1, 'TensorTypeProto'] },
  TensorTypeProto: { elemType: [1, 'int32'], shape: [2, 'TensorShapeProto'] },
  TensorShapeProto: { dim: [1, 'DimensionProto', 'repeated'] },
  DimensionProto: { dimValue: [1, 'int64'], dimParam: [2, 'string'] },
};

export interface AttributeMessage {
  readonly name: string;
  readonly type: number;
  readonly f?: number;
  readonly i?: bigint;
  readonly s?: Uint8Array;
  readonly g?: GraphMessage;
  readonly ints?: readonly bigint[];
}

export interface TensorMessage {
  readonly name: string;
  readonly dims: readonly bigint[];
  readonly dataType: number;
  readonly rawData?: Uint8Array;
  readonly dataLocation?: number;
  readonly externalData?: readonly { readonly key: string; readonly value: string }[];
}

export interface ValueInfoMessage {
  readonly name: string;
  readonly type: {
    readonly tensorType: {
      readonly elemType: number;
      readonly shape?: { readonly dim: readonly ({ readonly dimValue: bigint } | { readonly dimParam: string })[] };
    };
  };
}

export interface NodeMessage {
  readonly opType: string;
  readonly domain: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly AttributeMessage[];
}

export interface GraphMessage {
  readonly name: string;
  readonly input: readonly ValueInfoMessage[];
  readonly output: readonly ValueInfoMessage[];
  readonly initializer: readonly TensorMessage[];
  readonly node: readonly NodeMessage[];
}

export interface ModelMessage {
  readonly irVersion: bigint;
  readonly producerName: string;
  readonly opsetImport: readonly { readonly domain: string; readonly version: bigint }[];
  readonly graph: GraphMessage;
}

/** A model in ONNX's file format. */
export function encodeModel(model: ModelMessage): Uint8Array {
  const writer = new BinaryWriter();
  writeMessage(writer, 'ModelProto', model as unknown as Readonly<Record<string, unknown>>);
  return writer.finish();
}

/** Explicit presence (proto2): a field whose value is 0 is written, as ONNX's checker wants; only absent ones are left out. */
function writeMessage(writer: BinaryWriter, type: string, message: Readonly<Record<string, unknown>>): void {
  for (const [name, [number, kind, repeated]] of Object.entries(MESSAGES[type])) {
    const value = message[name];
    if (value === undefined) continue;
    for (const item of repeated ? (value as readonly unknown[]) : [value]) writeField(writer, number, kind, item);
  }
}

function writeField(writer: BinaryWriter, number: number, kind: string, value: unknown): void {
  if (kind === 'int64') writer.tag(number, WireType.Varint).int64(value as bigint);
  else if (kind === 'int32') writer.tag(number, WireType.Varint).int32(value as number);
  else if (kind === 'float') writer.tag(number, WireType.Bit32).float(value as number);
  else {
    writer.tag(number, WireType.LengthDelimited);
    if (kind === 'string') writer.string(value as string);
    else if (kind === 'bytes') writer.bytes(value as Uint8Array);
    else {
      writer.fork();
      writeMessage(writer, kind, value as Readonly<Record<string, unknown>>);
      writer.join();
    }
  }
}
