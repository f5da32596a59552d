/** Non-negative integers below 2³¹ written into int64 without making a BigInt of each (little-endian machines, as ONNX Runtime's). */
export class Int64Writer {
  readonly data: BigInt64Array;
  readonly #low: Int32Array;

  constructor(length: number) {
    this.data = new BigInt64Array(length);
    this.#low = new Int32Array(this.data.buffer);
  }

  set(index: number, value: number): void {
    this.#low[index * 2] = value;
  }

  static from(values: ArrayLike<number>): BigInt64Array {
    const writer = new Int64Writer(values.length);
    for (let i = 0; i < values.length; i++) writer.set(i, values[i]);
    return writer.data;
  }
}
