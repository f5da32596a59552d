import { HasheeError } from '@hashee/core';
import { paintFor } from '@hashee/terminal';
import type { Context } from '../../context.js';
import { streamSink } from '../../io/line-sink.js';
import { version } from '../../version.js';
import { checkData, checkDefaultModel, checkHubCache } from './check-files.js';
import { checkMemory, checkNode, checkProcessor } from './check-machine.js';
import { checkRuntime } from './check-runtime.js';
import { checkTfjs } from './check-tfjs.js';
import type { Finding, FindingStatus } from './finding.js';

export interface DoctorOptions {
  readonly json?: true | undefined;
  readonly threads?: number | undefined;
}

const MARKS: Readonly<Record<FindingStatus, readonly [mark: string, format: 'green' | 'dim' | 'yellow' | 'red']>> = {
  ok: ['✓', 'green'],
  note: ['·', 'dim'],
  missing: ['!', 'yellow'],
  broken: ['✗', 'red'],
};

/** @throws HasheeError `MISSING_DEPENDENCY` when something is broken that nothing works without */
export async function doctor(options: DoctorOptions, context: Context): Promise<void> {
  const findings: Finding[] = [
    { name: 'Hashee', status: 'ok', text: version() },
    checkNode(),
    await checkProcessor(),
    checkMemory(),
    await checkRuntime(context, options.threads),
    ...(await checkTfjs()),
    await checkDefaultModel(),
    await checkHubCache(context),
    await checkData(context),
  ];
  const paint = paintFor(context.stdout, context.env);
  const width = Math.max(...findings.map(({ name }) => name.length));
  const sink = streamSink(context.stdout, context.signal);
  if (options.json) await sink.line(JSON.stringify({ findings }));
  else
    for (const { name, status, text, fix } of findings) {
      const [mark, format] = MARKS[status];
      await sink.line(`${paint(format, mark)} ${name.padEnd(width)}  ${text}`);
      if (fix) await sink.line(`  ${' '.repeat(width)}  ${paint('dim', fix)}`);
    }
  const broken = findings.filter(({ status }) => status === 'broken').map(({ name }) => name);
  if (broken.length > 0)
    throw new HasheeError('MISSING_DEPENDENCY', `Not ready: ${broken.join(', ')}.`, { fields: { broken } });
}
