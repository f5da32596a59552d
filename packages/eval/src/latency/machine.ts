import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** Where something was measured. */
export interface Machine {
  /** Such as `Intel(R) Xeon(R) Processor`. */
  readonly processor: string;
  /** Cores that this process may use. */
  readonly cores: number;
  readonly memoryBytes: number;
  /** Such as `linux x64`. */
  readonly platform: string;
  /** Version of Node. */
  readonly node: string;
  /** Mean of running processes over the last minute: well above 0 before a measurement means that others disturb it. */
  readonly load: number;
}

/** The machine as it is now. Holds no names of hosts or users. */
export function describeMachine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() || 'unknown processor',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    load: loadavg()[0],
  };
}
