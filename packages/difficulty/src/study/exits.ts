import { berxit, denseCost, elasticbertEntropy, type Method, type Recording, type Runner } from '@hashee/baselines';
import type { Checkpoint } from '@hashee/core';
import type { EncodedDataset } from '@hashee/eval';
import { bitsOf } from '../bits/bit-set.js';
import { bitThresholds, oracleStop, predictedStop } from '../exits/bit-exits.js';
import { type ExitOutcome, outcomeOf } from '../exits/exit-outcome.js';
import { recordInOrder } from '../exits/record-in-order.js';
import type { ConsistencyResult, ExitMethodResult, ExitsResult } from '../results/result.js';
import { chooserOnDev, curveOf, pointsAt, type SweptRule } from './exit-points.js';
import { runHash } from './hash-exits.js';
import { predictOnce } from './judge-predictors.js';
import { learnedConsistency } from './learned-consistency.js';
import { recipeOfPredictors } from './sentence.js';
import { annotatedPairs, type StudiedModel, sentenceData, sentenceModel } from './sentence-model.js';
import { studiedPredictors } from './studied-predictors.js';
import type { StudyContext } from './study-context.js';

const BERXIT_TITLE = 'BERxiT: learning to exit';

/** What a runner recorded on the two parts that exits are judged by. */
interface Recorded {
  readonly dev: Recording;
  readonly test: Recording;
  outcome(part: 'dev' | 'test', stopOf: (row: number) => number): ExitOutcome;
}

/** Exits at the same cost: an oracle, predicted bits, learned exits, confidence and hashes; and how consistent they are. */
export async function runExits(context: StudyContext): Promise<ExitsResult> {
  const { settings, model } = context;
  const { targets, hashes } = settings.exits;
  const L = model.config.layers;
  const data = await sentenceData(context);
  const joint = await sentenceModel(context, data, 'joint');
  const split = await annotatedPairs(context, data, joint.model);
  const methods: ExitMethodResult[] = [];
  const consistency: ConsistencyResult[] = [];

  const confidence = await openRunner(context, elasticbertEntropy, joint.model);
  try {
    const recorded = await record(context, confidence, data);
    const gold = { dev: bitsOf(split.dev), test: bitsOf(split.test) };
    const layers = Array.from({ length: L }, (_, index) => index);
    methods.push({
      ...{ name: 'oracle', title: 'Oracle: knows the bits', kind: 'oracle' },
      points: [single(recorded.outcome('test', (row) => oracleStop(gold.test, row)))],
      curve: [],
    });
    const everyone = ruleOf(recorded, layers.toReversed(), (k) => () => k);
    methods.push({
      ...{ name: 'fixed', title: 'Everyone after layer k', kind: 'fixed' },
      points: pointsAt(everyone, targets),
      curve: layers.map((stop) => everyone.test(stop)),
    });
    for (const each of await studiedPredictors(context, recipeOfPredictors(context), true)) {
      if (each.predictor.name === 'majority') continue;
      const prediction = await predictOnce(context, each, split);
      const rule = ruleOf(
        recorded,
        bitThresholds(prediction.dev, L),
        (threshold, part) => (row) => predictedStop(prediction[part], L, row, threshold),
      );
      methods.push(
        swept(`bits-${each.predictor.name}`, `Predicted bits: ${each.predictor.title}`, 'predicted', rule, targets),
      );
    }
    const entropy = thresholdRule(confidence, recorded);
    methods.push(swept('entropy', 'Entropy of the same model', 'confidence', entropy, targets));
    consistency.push(await consistencyOf(context, 'entropy', confidence, joint, entropy, data, 'joint'));
  } finally {
    await confidence.dispose();
  }

  const studied = await sentenceModel(context, data, 'berxit');
  const learned = await openRunner(context, berxit(), studied.model);
  try {
    const recorded = await record(context, learned, data);
    const rule = thresholdRule(learned, recorded);
    methods.push(swept('berxit', BERXIT_TITLE, 'learned', rule, targets));
    consistency.push(await consistencyOf(context, 'berxit', learned, studied, rule, data, 'berxit'));
  } finally {
    await learned.dispose();
  }

  for (const { hash, target } of hashes) {
    const made = await runHash(context, data, hash, target);
    const known = methods.find(({ name }) => name === made.method.name);
    if (known)
      methods[methods.indexOf(known)] = {
        ...known,
        points: [...known.points, ...made.method.points],
        curve: [...known.curve, ...made.method.curve],
      };
    else {
      methods.push(made.method);
      consistency.push(made.consistency);
    }
  }
  return {
    layers: L,
    dev: data.annotated.dev.sequences.length,
    test: data.annotated.test.sequences.length,
    methods,
    consistency,
  };
}

function openRunner({ backend, model }: StudyContext, method: Method, main: Checkpoint): Promise<Runner> {
  const head = main.heads.find(({ name }) => name === 'main')!;
  return method.open(
    { recipe: method.recipe, models: { main }, parameters: {}, dense: { config: model.config, head } },
    backend,
  );
}

async function record({ signal }: StudyContext, runner: Runner, { annotated }: SentenceDataParts): Promise<Recorded> {
  const recordings = {
    dev: await recordInOrder(runner, annotated.dev.sequences, signal),
    test: await recordInOrder(runner, annotated.test.sequences, signal),
  };
  return {
    ...recordings,
    outcome(part, stopOf) {
      const { sequences } = annotated[part];
      const dense = denseCost(
        runner.dense,
        sequences.map(({ inputIds }) => inputIds.length),
      );
      const labels = sequences.map(({ label }) => label as number);
      return outcomeOf(recordings[part], labels, dense, stopOf);
    },
  };
}

interface SentenceDataParts {
  readonly annotated: { readonly dev: EncodedDataset; readonly test: EncodedDataset };
}

function ruleOf(
  recorded: Recorded,
  settings: readonly number[],
  stopOf: (setting: number, part: 'dev' | 'test') => (row: number) => number,
): SweptRule {
  return {
    settings,
    dev: (setting) => recorded.outcome('dev', stopOf(setting, 'dev')),
    test: (setting) => recorded.outcome('test', stopOf(setting, 'test')),
  };
}

/** The settings of a runner, spread over what it observed on dev. */
function thresholdRule(runner: Runner, recorded: Recorded): SweptRule {
  const settings = runner.settingsFor?.(recorded.dev) ?? runner.settings;
  return ruleOf(recorded, settings, (setting, part) => (row) => runner.stopAt(recorded[part], row, setting));
}

function swept(
  name: string,
  title: string,
  kind: ExitMethodResult['kind'],
  rule: SweptRule,
  targets: readonly number[],
): ExitMethodResult {
  return { name, title, kind, points: pointsAt(rule, targets), curve: curveOf(rule) };
}

function single(outcome: ExitOutcome): ExitMethodResult['points'][number] {
  return { target: null, ...outcome, reached: true };
}

/** By the setting that the first wanted speed-up chooses on dev. */
async function consistencyOf(
  context: StudyContext,
  name: string,
  runner: Runner,
  studied: StudiedModel,
  rule: SweptRule,
  data: Parameters<typeof learnedConsistency>[0]['data'],
  recipe: 'joint' | 'berxit',
): Promise<ConsistencyResult> {
  const [target] = context.settings.exits.targets;
  const { setting: threshold } = chooserOnDev(rule)(target);
  const title = name === 'berxit' ? BERXIT_TITLE : 'Entropy of the multi-exit model';
  return learnedConsistency({ context, name, title, studied, threshold, data, recipe, runner });
}
