import type { StudyPart } from './result.js';
import type { BitsSummary, ExitsSummary, HumanSummary, PredictorSummary, SeedSpread, StudySummary } from './summary.js';
import { drawnByContent, percent, points, targetsOf } from './words.js';

type Parts = Pick<StudySummary, StudyPart>;

/** What was found, in words. Every number comes from the results; which sentence stands there follows from them, too. */
export function findingsOf(parts: Parts): StudySummary['findings'] {
  const { human, sentence, given, token, exits } = parts;
  return {
    ...(human ? { human: humanFindings(human) } : {}),
    ...(sentence ? { sentence: sentenceFindings(sentence) } : {}),
    ...(given ? { given: bitsFindings(given) } : {}),
    ...(token ? { token: tokenFindings(token) } : {}),
    ...(exits ? { exits: exitsFindings(exits) } : {}),
  };
}

/** Standard deviation over seeds from which on some classifiers fit their training set and others don't. */
const SEEDS_APART = 0.1;

function humanFindings({ epochs, majority, dev }: HumanSummary): string[] {
  const last = epochs.at(-1);
  if (!last) return [];
  const error = 100 * Math.sqrt((last.dev.mean * (1 - last.dev.mean)) / dev);
  // The class that is more frequent among these pairs needn't be the one of training.
  const frequent = Math.max(majority.dev, 1 - majority.dev);
  const lead = 100 * (last.dev.mean - frequent) > 2 * error ? 'more than' : 'not clearly more than';
  return [
    `After epoch ${last.epoch} the classifier is right on ${percent(last.train)} % of its training pairs and on ${percent(last.dev)} % of the ${dev} others, where the more frequent class has ${(100 * frequent).toFixed(1)} %. That is ${lead} guessing: one standard error of ${dev} pairs is ${error.toFixed(1)} points.`,
    `The paper's classifier fits its training set and is right on about 60 % of its test set. Here ${fitOf(last)}.`,
  ];
}

/** Whether the training set was fitted, as the paper's was. */
function fitOf({ epoch, train, dev }: HumanSummary['epochs'][number]): string {
  if (train.standardDeviation > SEEDS_APART)
    return `the ${train.count} seeds disagree: some classifiers fit theirs and some have hardly begun to after ${epoch} epochs, so the means stand for neither`;
  const gap = 100 * (train.mean - dev.mean);
  return gap > 15
    ? `it is the same: ${gap.toFixed(0)} points lie between what is learned by heart and what carries over`
    : `training is ${gap.toFixed(0)} points above the rest, so it is not learned by heart yet after ${epoch} epochs of a smaller encoder`;
}

/** The predictor that is best where predictors are chosen, so that naming it chooses nothing on the judged part. */
function best(predictors: readonly PredictorSummary[]): PredictorSummary | undefined {
  const chosen = predictors.filter(({ name, dev }) => dev && !['majority', 'gold-label-prior'].includes(name));
  const devOf = ({ dev }: PredictorSummary): number => dev?.mean ?? 0;
  return chosen.length > 0 ? chosen.reduce((top, each) => (devOf(each) > devOf(top) ? each : top)) : undefined;
}

function verdict({ mean, standardDeviation, count }: SeedSpread): string {
  if (mean <= 0.01) return 'That is a point at most: difficulty is not learned here';
  if (count === 1) return 'What that is worth one seed cannot say';
  return mean > 2 * standardDeviation ? 'Something is learned' : 'The seeds differ by as much';
}

function bitsFindings(summary: BitsSummary): string[] {
  const { predictors, neverLost, allRight, allWrong, rates, annotator } = summary;
  const top = best(predictors);
  const majority = predictors.find(({ name }) => name === 'majority');
  const findings = [
    `${annotator ? 'The exits' : 'The twelve exits of the published model'} are right on ${percent(rates[0])} % of the judged pairs after the first layer and on ${percent(rates.at(-1)!)} % after the last. ${percent(allRight)} % are answered right by every layer and ${percent(allWrong)} % by none; ${percent(neverLost)} % never turn from right to wrong with depth, so a deeper layer spoils the others.`,
  ];
  if (!top || !majority) return findings;
  findings.push(
    `The predictor that is best where it is chosen, "${top.title}", is right on ${percent(top.mean)} % of the bits, ${points(top.overMajority)} points from saying what is more frequent at each layer (${percent(majority.mean)} %). ${verdict(top.overMajority)}${top.wrongF1 ? `; of the wrong answers it finds F1 ${percent(top.wrongF1)}, where the majority has ${majority.wrongF1 ? percent(majority.wrongF1) : 'none'}` : ''}.`,
  );
  return findings;
}

/** Of three classes. */
const GUESSING = 0.4;

function sentenceFindings(summary: BitsSummary): string[] {
  const findings = bitsFindings(summary);
  const guessing = summary.rates.flatMap(({ mean }, index) => (mean < GUESSING ? [index + 1] : []));
  if (guessing.length > 0 && summary.annotator)
    findings.push(
      `The exits of the layers ${guessing.join(', ')} don't do better than guessing among three classes (${guessing.map((layer) => percent(summary.rates[layer - 1])).join(', ')} %): the model saw ${summary.annotator.examples} pairs ${summary.annotator.epochs} times, the study's 15,000 five times. Their bits say which class a pair has, rather than how hard it is.`,
    );
  return findings;
}

function tokenFindings(summary: BitsSummary): string[] {
  const { predictors, annotator } = summary;
  const named = (name: string): PredictorSummary | undefined => predictors.find((each) => each.name === name);
  const [majority, type, gold] = ['majority', 'type-label-prior', 'gold-label-prior'].map(named);
  const top = best(predictors.filter(({ name }) => name !== 'type-label-prior' && name !== 'type-memory'));
  const findings: string[] = [];
  if (annotator?.outside && majority?.byLabel)
    findings.push(
      `${percent(annotator.outside)} % of the word pieces are outside any entity. Saying what is more frequent at each layer is right on ${percent(majority.mean)} % of the bits already: ${percent(majority.byLabel.outside)} % of those outside, ${percent(majority.byLabel.entity)} % of those in entities.`,
    );
  if (!majority || !type || !gold || !top) return findings;
  const gain = top.overMajority.mean;
  const share =
    gain > 0.005
      ? ` The prior over labels by type has ${part(type, gain)} of that gain, the gold label ${part(gold, gain)}.`
      : '';
  findings.push(
    `Of those that read the sentence the one that is best where it is chosen, "${top.title}", is right on ${percent(top.mean)} % (${points(top.overMajority)} points over the majority). One that sees nothing of a token but which labels its type has in training is right on ${percent(type.mean)} % (${points(type.overMajority)}), one that knows the gold label and nothing else on ${percent(gold.mean)} % (${points(gold.overMajority)}).${share}`,
  );
  findings.push(
    gold.overMajority.mean >= 0.7 * gain
      ? 'As the paper says, what can be predicted of tokens is mostly which label they have: whoever finds the entities, which exits miss, has most of the bits.'
      : 'The paper says that the gain of token-level predictors is mostly a label prior. Here the gold label explains less than 70 % of it.',
  );
  return findings;
}

/** `40 %`, or `2.4 times` where it is more than all. */
function part({ overMajority }: PredictorSummary, gain: number): string {
  const ratio = Math.max(0, overMajority.mean) / gain;
  return ratio > 1 ? `${ratio.toFixed(1)} times` : `${Math.round(100 * ratio)} %`;
}

/** Whoever is picked where it is judged looks better than it is. */
function highest(among: number): string {
  return `the highest of ${among} where they are judged, which flatters it`;
}

function exitsFindings({ methods, consistency, layers, test }: ExitsSummary): string[] {
  const findings: string[] = [];
  const oracle = methods.find(({ kind }) => kind === 'oracle')?.points[0];
  const last = methods.find(({ kind }) => kind === 'fixed');
  if (oracle)
    findings.push(
      `An oracle that knows the bits leaves after ${oracle.meanExit.mean.toFixed(2)} of ${layers} layers on average and is right on ${percent(oracle.accuracy)} % of ${test} pairs, at ${oracle.speedup.mean.toFixed(1)}x less work: more right answers than any single layer gives, as some pairs are right only early.`,
    );
  const byLayer = last?.curves[0]?.map((_, k) => {
    const shares = last.curves.flatMap((curve) => (curve[k] ? [curve[k].accuracy] : []));
    return shares.reduce((sum, accuracy) => sum + accuracy, 0) / shares.length;
  });
  if (byLayer && byLayer.length === layers)
    findings.push(
      `Where everyone leaves after layer 1, 2, ... the shares right are ${byLayer.map((accuracy) => (100 * accuracy).toFixed(1)).join(', ')} %.${byLayer[0] < GUESSING ? ' Who leaves early leaves at a classifier that guesses, as the model saw few pairs: that weighs on everything that exits by whole sequences, and not on hashes, whose one classifier is above the last layer.' : ''}`,
    );
  for (const target of targetsOf({ methods })) {
    const at = methods.flatMap(({ title, kind, points: of }) => {
      const point = of.find((each) => each.target === target);
      return point ? [{ title, kind, point }] : [];
    });
    const chosen = (kinds: readonly string[]) => {
      const own = at.filter(({ kind }) => kinds.includes(kind));
      if (own.length === 0) return undefined;
      const top = own.reduce((a, b) => (b.point.accuracy.mean > a.point.accuracy.mean ? b : a));
      return { ...top, among: own.length };
    };
    const [decided, hash, fixed] = [
      chosen(['predicted', 'learned', 'confidence']),
      chosen(['hash']),
      chosen(['fixed']),
    ];
    const said = ({ title, point, among }: NonNullable<ReturnType<typeof chosen>>): string =>
      `"${title}" ${percent(point.accuracy)} % (${point.speedup.mean.toFixed(2)}x${among > 1 ? `; ${highest(among)}` : ''})`;
    const parts = [
      decided && `by states or predicted bits ${said(decided)}`,
      hash && `by a hash ${said(hash)}`,
      fixed && `everyone after the same layer ${said(fixed)}`,
    ].filter(Boolean);
    if (parts.length > 0) findings.push(`At ${target}x: ${parts.join('; ')}.`);
  }
  if (last && oracle) {
    const predicted = methods.filter(({ kind }) => kind === 'predicted');
    const top = predicted.flatMap(({ title, points: of }) => of.map((point) => ({ title, point })));
    if (top.length > 0) {
      const most = top.reduce((a, b) => (b.point.accuracy.mean > a.point.accuracy.mean ? b : a));
      findings.push(
        `Exits by predicted bits stay ${(100 * (oracle.accuracy.mean - most.point.accuracy.mean)).toFixed(1)} points below the oracle ("${most.title}"${top.length > 1 ? `, ${highest(top.length)}` : ''}), though the predictor's own work isn't even counted.`,
      );
    }
  }
  for (const { name, title, unit, sameInstance, sameType } of consistency) {
    const early = sameInstance[0];
    const what = unit === 'sequence' ? 'training pairs' : 'tokens of training pairs';
    const seen = early
      ? `${percent(early.share)} % of the ${what} exit at the same layer after ${early.epoch.toFixed(1)} epochs as in the model that is used${early.shareAtEqualCost ? ` (${percent(early.shareAtEqualCost)} % with the threshold set anew for the same cost)` : ''}; `
      : drawnByContent(name)
        ? 'layers are drawn by the content of a pair, so one that was trained on exits as it did in training, and others draw anew; '
        : '';
    findings.push(
      `Consistency of "${title}": ${seen}a token at inference exits where an occurrence of its type did in training in ${percent(sameType)} % of the cases.`,
    );
  }
  return findings;
}
