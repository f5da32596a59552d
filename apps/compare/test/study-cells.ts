import type { BitsResult, PartResults, StudyCell, StudyPart } from '@hashee/difficulty/results';

const FINGERPRINT = '0'.repeat(64);

function bits(layers: number, shift: number, extra: Partial<BitsResult> = {}): BitsResult {
  const rates = Array.from({ length: layers }, (_, index) => 0.4 + 0.05 * index);
  const profile = { rows: 100, rates, allRight: 0.2, allWrong: 0.1, neverLost: 0.7 };
  const scores = (more: number) => {
    const layerAccuracy = rates.map((rate) => Math.max(rate, 1 - rate) + more);
    return { layerAccuracy, mean: layerAccuracy.reduce((sum, value) => sum + value, 0) / layers, wrongF1: 0.5 };
  };
  return {
    layers,
    examples: { train: 60, dev: 20, test: 100 },
    train: profile,
    test: profile,
    predictors: [
      { name: 'random', title: 'Random (expected)', ...scores(-0.1) },
      { name: 'majority', title: 'Majority', ...scores(0) },
      { name: 'linear', title: 'Linear <b>', ...scores(shift), dev: 0.6, history: [0.5, 0.6] },
    ],
    ...extra,
  };
}

function point(target: number | null, accuracy: number, speedup: number) {
  return { target, accuracy, meanExit: 6 / speedup, speedup, reached: true };
}

/** Cells of every part, as `hashee difficulty` writes them, for one seed. */
export function studyCells(seed: number): StudyCell[] {
  const byLabel = { outside: 0.95, entity: 0.6 };
  const tokens = bits(6, 0.03);
  const parts: PartResults = {
    human: {
      train: 1000,
      dev: 100,
      majority: { train: 0.5, dev: 0.5 },
      epochs: [1, 2].map((epoch) => ({ epoch, loss: 0.6, train: 0.6 + 0.1 * epoch, dev: 0.55 + 0.01 * seed })),
    },
    sentence: bits(6, 0.02, { annotator: { examples: 500, epochs: 2, accuracy: new Array(6).fill(0.6) } }),
    given: bits(12, 0.01),
    token: {
      ...tokens,
      annotator: {
        ...{ examples: 50, epochs: 2, outside: 0.9 },
        accuracy: new Array(6).fill(0.9),
        entityF1: new Array(6).fill(0.3),
      },
      predictors: [
        ...tokens.predictors.map((each) => (each.name === 'random' ? each : { ...each, byLabel })),
        { ...tokens.predictors[2], name: 'type-label-prior', title: "Label distribution of the token's type", byLabel },
        { ...tokens.predictors[2], name: 'gold-label-prior', title: 'Gold label (upper view)', byLabel },
      ],
    },
    exits: {
      ...{ layers: 6, dev: 50, test: 100 },
      methods: [
        { name: 'oracle', title: 'Oracle: knows the bits', kind: 'oracle', points: [point(null, 0.9, 3)], curve: [] },
        {
          ...{ name: 'fixed', title: 'Everyone after layer k', kind: 'fixed' },
          points: [point(2, 0.6, 2)],
          curve: [1, 2, 3].map((k) => ({ speedup: k, accuracy: 0.7 - 0.05 * k, meanExit: 6 / k })),
        },
        {
          ...{ name: 'bits-linear', title: 'Predicted bits: Linear', kind: 'predicted' },
          points: [point(2, 0.61, 2.1)],
          curve: [1, 2, 3].map((k) => ({ speedup: k, accuracy: 0.7 - 0.04 * k, meanExit: 6 / k })),
        },
        { name: 'hashee-frequency', title: 'HashEE, frequency', kind: 'hash', points: [point(2, 0.63, 2)], curve: [] },
      ],
      consistency: [
        {
          ...{ name: 'berxit', title: 'BERxiT: learning to exit', unit: 'sequence', sameType: 0.6 },
          sameInstance: [{ epoch: 1, share: 0.4 + 0.01 * seed, shareAtEqualCost: 0.5 }],
        },
        {
          ...{ name: 'hashee-frequency', title: 'HashEE, frequency', unit: 'token', sameType: 1 },
          sameInstance: [{ epoch: 1, share: 1 }],
        },
      ],
    },
  };
  return (Object.keys(parts) as StudyPart[]).map(
    (part): StudyCell => ({
      ...{ format: 'hashee-difficulty', version: 1, part, seed, fingerprint: FINGERPRINT },
      settings: { batchSize: 8 },
      result: parts[part],
      seconds: 1,
      date: '2026-01-01T00:00:00.000Z',
      machine: { processor: 'p', cores: 1, memoryBytes: 1, platform: 'linux x64', node: '20.20.2', load: 0 },
    }),
  );
}
