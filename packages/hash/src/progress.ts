/** How far a hash function is. */
export type HashProgress =
  | {
      readonly status: 'reading';
      /** `train`, `dev`, `target` or `description`. */
      readonly corpus: string;
      readonly sequences: number;
      readonly tokens: number;
      /** True once, at the end of this corpus. */
      readonly done: boolean;
    }
  | {
      readonly status: 'clustering';
      /** From 1. */
      readonly restart: number;
      readonly restarts: number;
      /** From 1, within this restart. */
      readonly iteration: number;
      readonly maxIterations: number;
    };
