import { readFileSync } from 'node:fs';

/** What the processor offers for 8-bit products. */
export interface CpuFeatures {
  readonly architecture: string;
  /**
   * Products of 8-bit integers are added up in 32 bits: VNNI on x64, always so on arm64. Without it x64 adds pairs in 16 bits, which
   * overflow with full-range weights. `unknown` where the system doesn't say.
   */
  readonly exactInt8Sums: boolean | 'unknown';
  /** Names of the extensions that matter here, as Linux has them. */
  readonly extensions: readonly string[];
}

const RELEVANT = ['avx2', 'avx512f', 'avx512_vnni', 'avx_vnni', 'amx_int8'];

let known: CpuFeatures | undefined;

/** What Linux says of the first processor; other systems say nothing. Read once. */
export function cpuFeatures(): CpuFeatures {
  known ??= readFeatures();
  return known;
}

function readFeatures(): CpuFeatures {
  const architecture = process.arch;
  if (architecture === 'arm64') return { architecture, exactInt8Sums: true, extensions: [] };
  let flags: ReadonlySet<string> | undefined;
  try {
    flags = new Set(/^flags\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1].split(' ') ?? []);
  } catch {
    // Not Linux.
  }
  if (flags === undefined || flags.size === 0) return { architecture, exactInt8Sums: 'unknown', extensions: [] };
  const present = flags;
  const extensions = RELEVANT.filter((name) => present.has(name));
  return { architecture, exactInt8Sums: extensions.some((name) => /vnni|amx/.test(name)), extensions };
}
