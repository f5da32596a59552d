/** A number that was measured, with all that a reader needs to place it. */
export interface Measurement {
  /** `accuracy`, `f1`, `speedup`, `sequences/s`, ... */
  readonly name: string;
  readonly value: number;
  /** The same measurement of the dense model, where there is one. */
  readonly dense?: number | undefined;
  /** Data set and part of it, such as `sst-2` and `dev`. */
  readonly dataset?: string | undefined;
  readonly split?: string | undefined;
  /** Anything else that it depends on: seeds, device, threads, batch size. Plain JSON. */
  readonly conditions?: Readonly<Record<string, unknown>> | undefined;
}

/** What a model says of itself in hashee.json, beside its exit table and heads. All of it is plain JSON. */
export interface HasheeMetadata {
  /** How exits are decided: `hashee`, `dense`, or the name of another method, and its parameters. */
  readonly method?: { readonly name: string; readonly parameters: Readonly<Record<string, unknown>> } | undefined;
  /** What it was trained for and how: task, data set, recipe, seed. */
  readonly training?: Readonly<Record<string, unknown>> | undefined;
  /** The pretrained model it comes from, for the model card. */
  readonly baseModel?: string | undefined;
  /** Such as `apache-2.0`, for the model card. */
  readonly license?: string | undefined;
  readonly quality?: readonly Measurement[] | undefined;
  readonly speed?: readonly Measurement[] | undefined;
}
