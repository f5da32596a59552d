import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { bytes, plural } from '@hashee/terminal';
import type { Finding } from './finding.js';

const OLDEST_NODE = [20, 19] as const;
/** Instruction sets that decide how fast matrices are multiplied, as Linux names them on x86 and ARM. */
const INSTRUCTIONS =
  /^(avx2|avx512f|avx512_vnni|avx_vnni|avx512_bf16|amx_tile|amx_int8|amx_bf16|asimddp|i8mm|bf16|sve|sve2)$/;

export function checkNode(version: string = process.versions.node): Finding {
  const [major, minor] = version.split('.').map(Number);
  const old = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
  const text = `${version} on ${process.platform} ${process.arch}`;
  if (!old) return { name: 'Node', status: 'ok', text };
  return { name: 'Node', status: 'broken', text, fix: `Install Node ${OLDEST_NODE.join('.')} or newer.` };
}

/** The instruction sets of a `/proc/cpuinfo` that matter here. */
export function instructionSets(cpuinfo: string): string[] {
  const flags = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(cpuinfo)?.[1] ?? '';
  return flags.split(/\s+/).filter((flag) => INSTRUCTIONS.test(flag));
}

export async function checkProcessor(): Promise<Finding> {
  const cpuinfo = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  const sets = instructionSets(cpuinfo);
  const model = cpus()[0]?.model.trim() || 'unknown processor';
  const facts = [model, plural(availableParallelism(), 'core'), ...(sets.length > 0 ? [sets.join(' ')] : [])];
  return { name: 'Processor', status: 'ok', text: facts.join(', ') };
}

/** A model of BERT's size takes about this much while it runs. */
const COMFORTABLE_MEMORY = 1e9;

export function checkMemory(): Finding {
  const free = freemem();
  const text = `${bytes(totalmem())}, ${bytes(free)} free`;
  if (free >= COMFORTABLE_MEMORY) return { name: 'Memory', status: 'ok', text };
  return {
    name: 'Memory',
    status: 'note',
    text,
    fix: 'Little memory is free: use a small model, and --batch-size 8 or less.',
  };
}
