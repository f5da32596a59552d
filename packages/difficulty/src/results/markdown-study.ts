import { markdownTable } from 'markdown-table';
import { reported } from './paper.js';
import type { StudyPart } from './result.js';
import type { BitsSummary, ExitsSummary, HumanSummary, StudySummary } from './summary.js';
import { exitPoint, partTitles, percent, points, sameInstanceByEpoch, short, targetsOf } from './words.js';

/** The study for people: tables, what was found, and what its paper reports. */
export function markdownStudy(summary: StudySummary): string {
  const { date, machine, seeds, missing, settings, human, sentence, given, token, exits } = summary;
  const cores = `${machine.cores} ${machine.cores === 1 ? 'core' : 'cores'}`;
  const sections = [
    '# Can instance difficulty be learned?',
    `Written by \`hashee difficulty\` from the results beside it, ${date.slice(0, 10)}. ${line(machine.processor)}, ${cores}, Node ${line(machine.node)}. ${seeds.length > 1 ? `Mean ± standard deviation over the seeds ${seeds.join(', ')}.` : `One seed (${seeds[0]}): no spread is known.`}${missing.length > 0 ? ` Missing: ${missing.join('; ')}.` : ''}`,
    'A bit says whether the classifier above a layer answers an instance right. Predictors learn bits on one part, choose their epoch on a second, and are judged once on a third; no premise is in two parts. Accuracy is per layer, and so is the majority beside it; "mean" is the mean of the rounded values. F1 is of the class "wrong", all layers together. All in per cent.',
    ...(human ? humanSection(human, summary) : []),
    ...(sentence ? bitsSection('sentence', sentence, summary) : []),
    ...(given ? bitsSection('given', given, summary) : []),
    ...(token ? bitsSection('token', token, summary) : []),
    ...(exits ? exitsSection(exits, summary) : []),
    '## Sizes',
    `\`\`\`json\n${JSON.stringify(settings)}\n\`\`\``,
  ];
  return `${sections.join('\n\n')}\n`;
}

function opening(part: StudyPart, { findings }: StudySummary): string[] {
  const found = findings[part] ?? [];
  return [
    `## ${partTitles[part]}`,
    ...(found.length > 0 ? [found.map((text) => `- ${line(text)}`).join('\n')] : []),
    `Reported: ${reported[part]}`,
  ];
}

function humanSection({ train, dev, majority, epochs }: HumanSummary, summary: StudySummary): string[] {
  return [
    ...opening('human', summary),
    `${train} training pairs, ${dev} others; majority ${share(majority.train)} and ${share(majority.dev)}.`,
    table(
      [
        ['epoch', 'train', 'dev'],
        ...epochs.map(({ epoch, train: fitted, dev: carried }) => [String(epoch), percent(fitted), percent(carried)]),
      ],
      0,
    ),
  ];
}

function bitsSection(part: StudyPart, bits: BitsSummary, summary: StudySummary): string[] {
  const { examples, testRows, annotator, rates, predictors } = bits;
  const layers = rates.map((_, index) => `layer ${index + 1}`);
  const tokens = part === 'token';
  return [
    ...opening(part, summary),
    `${examples.train} ${tokens ? 'sentences' : 'pairs'} to learn from, ${examples.dev} to choose by, ${examples.test} to judge by (${testRows} rows)${annotator ? `; the model that annotates was trained on ${annotator.examples} for ${annotator.epochs} epochs` : ''}.`,
    table(
      [
        ['', ...layers],
        ['right, judged rows', ...rates.map(percent)],
        ...(annotator ? [['right, all annotated', ...annotator.accuracy.map(percent)]] : []),
        ...(annotator?.entityF1 ? [['F1 of entities', ...annotator.entityF1.map(percent)]] : []),
      ],
      1,
    ),
    table(
      [
        ['predictor', 'mean', 'over majority', 'F1 of wrong', ...(tokens ? ['on O', 'on entities'] : []), ...layers],
        ...predictors.map(({ title, mean, overMajority, wrongF1, byLabel, layerAccuracy }) => [
          line(title),
          percent(mean),
          points(overMajority),
          wrongF1 ? percent(wrongF1) : '-',
          ...(tokens ? [byLabel ? percent(byLabel.outside) : '-', byLabel ? percent(byLabel.entity) : '-'] : []),
          ...layerAccuracy.map(short),
        ]),
      ],
      1,
    ),
  ];
}

function exitsSection({ methods, consistency, dev, test }: ExitsSummary, summary: StudySummary): string[] {
  const targets = targetsOf({ methods });
  return [
    ...opening('exits', summary),
    `Settings are chosen on ${dev} pairs for each speed-up that is wanted, and judged on ${test} others. In brackets the counted speed-up there (multiply-accumulates of the dense model over those executed, classifiers included) and the mean exit layer. What a predictor of bits costs itself is not counted, which flatters it.`,
    table(
      [
        ['method', 'its own cost', ...targets.map((target) => `${target}x`)],
        ...methods.map(({ title, points: of }) => [
          line(title),
          exitPoint(of.find(({ target }) => target === null)),
          ...targets.map((wanted) => exitPoint(of.find(({ target }) => target === wanted))),
        ]),
      ],
      1,
    ),
    '### Consistency between training and inference',
    'Same instance: training pairs that exit at the same layer in the model on its way, after so many epochs, as in the one that is used (for hashes their tokens); in brackets with the threshold set anew for equal cost. A seed whose used model is of that epoch is left out there, so some values rest on fewer seeds. Same type: how likely a token at inference exits where an occurrence of its type, drawn at random, exited in training. Special tokens are left out. Exits drawn for each occurrence are drawn by the content of its pair, so a pair of training always exits as it did there: that is by construction and not shown.',
    table(
      [
        ['method', 'same instance', 'same type'],
        ...consistency.map((each) => [line(each.title), sameInstanceByEpoch(each) || '-', percent(each.sameType)]),
      ],
      1,
    ),
  ];
}

function share(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}

function table(rows: readonly (readonly string[])[], texts: number): string {
  return markdownTable(
    rows.map((row) => [...row]),
    { align: rows[0].map((_, column) => (column < texts ? 'l' : 'r')) },
  );
}

/** Names come from files: no line breaks, and no markup that would end a cell or begin a tag. */
function line(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[`<>]/g, '').replace(/[\\|]/g, '\\$&');
}
