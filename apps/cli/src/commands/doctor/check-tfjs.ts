import type { Finding } from './finding.js';

/** One finding for each engine of TensorFlow.js. None of them is needed: ONNX Runtime is the default. */
export async function checkTfjs(): Promise<Finding[]> {
  const { checkEngines } = await import('@hashee/runtime-tfjs');
  return (await checkEngines()).map((finding): Finding => {
    const name = `TF.js ${finding.engine}`;
    if (finding.works)
      return { name, status: 'ok', text: `works: a test product was right (${finding.package} ${finding.version})` };
    const [text, ...rest] = finding.reason.split(/(?<=\.) (?=(?:Install|Run) )/);
    const fix = rest.length > 0 ? { fix: rest.join(' ') } : {};
    return { name, status: finding.code === 'MISSING_DEPENDENCY' ? 'missing' : 'note', text, ...fix };
  });
}
