import type { Columns } from '../data/columns.js';
import type { DataKind } from '../data/example.js';
import type { LabelDefinition } from '../data/label-set.js';
import type { TaskDescription } from './task.js';

/** What the examples of each task are. */
interface TaskKinds {
  readonly 'sst-2': 'sequence-classification';
  readonly imdb: 'sequence-classification';
  readonly mrpc: 'sequence-classification';
  readonly 'sts-b': 'regression';
  readonly snli: 'sequence-classification';
  readonly scitail: 'sequence-classification';
  readonly 'wnut17-ner': 'token-classification';
  readonly 'snli-human-difficulty': 'sequence-classification';
  readonly 'snli-model-difficulty': 'multi-label';
  readonly csl: 'generation';
  readonly cnndm: 'generation';
}

export type TaskName = keyof TaskKinds;
export type KindOfTask<Name extends TaskName> = TaskKinds[Name];

const SENTENCE: Columns = { text: 'sentence', label: 'label' };
const PAIR: Columns = { text: ['sentence1', 'sentence2'], label: 'label' };
/** MRPC, as GLUE has it and as ELUE does. */
const STRINGS = ['#1 String', '#2 String'] as const;
const PREMISE: Columns = { text: ['premise', 'hypothesis'], label: 'label' };
/** SNLI and the files that are laid out like it. */
const GOLD: Columns = { text: ['sentence1', 'sentence2'], label: 'gold_label' };
const TEXT_TO_TEXT: Columns = { source: 'source', target: 'target' };

/** Names of the values 0, 1, 2, ... */
const numbered = (...names: string[]): LabelDefinition[] => names.map((name, i) => ({ value: String(i), name }));
const asWritten = (...names: string[]): LabelDefinition[] => names.map((name) => ({ value: name, name }));

const ENTITIES = ['corporation', 'creative-work', 'group', 'location', 'person', 'product'];

type Optional = 'elue' | 'layouts' | 'folders' | 'skipLabels';

function task<Kind extends DataKind>(
  description: Omit<TaskDescription<Kind>, Optional> & Partial<Pick<TaskDescription<Kind>, Optional>>,
): TaskDescription<Kind> {
  return { elue: false, layouts: [], folders: [], skipLabels: [], ...description };
}

/**
 * The tasks known by name. Metrics are ELUE's: MRPC the mean of accuracy and F1, STS-B the mean of Pearson's and
 * Spearman's correlation, others accuracy; tagging has entity F1. Of the texts that
 * are classified only IMDb's are longer than 128 tokens of BERT's vocabulary.
 */
export const tasks: { readonly [Name in TaskName]: TaskDescription<KindOfTask<Name>> } = {
  'sst-2': task({
    name: 'sst-2',
    title: 'SST-2',
    kind: 'sequence-classification',
    columns: SENTENCE,
    labels: numbered('negative', 'positive'),
    metrics: ['accuracy'],
    maxLength: 128,
    elue: true,
    folders: ['sst2'],
  }),
  imdb: task({
    name: 'imdb',
    title: 'IMDb',
    kind: 'sequence-classification',
    columns: SENTENCE,
    labels: numbered('negative', 'positive'),
    metrics: ['accuracy'],
    maxLength: 512,
    elue: true,
  }),
  mrpc: task({
    name: 'mrpc',
    title: 'MRPC',
    kind: 'sequence-classification',
    columns: PAIR,
    labels: numbered('not_equivalent', 'equivalent'),
    metrics: ['accuracy', 'f1'],
    maxLength: 128,
    elue: true,
    layouts: [{ columns: { text: STRINGS, label: 'Quality' } }, { columns: { text: STRINGS, label: 'label' } }],
  }),
  'sts-b': task({
    name: 'sts-b',
    title: 'STS-B',
    kind: 'regression',
    columns: PAIR,
    labels: asWritten('similarity'),
    metrics: ['pearson', 'spearman'],
    maxLength: 128,
    elue: true,
    folders: ['stsb', 'sts'],
    layouts: [{ columns: { ...PAIR, label: 'score' } }],
  }),
  snli: task({
    name: 'snli',
    title: 'SNLI',
    kind: 'sequence-classification',
    columns: PAIR,
    labels: numbered('entailment', 'neutral', 'contradiction'),
    metrics: ['accuracy'],
    maxLength: 128,
    elue: true,
    folders: ['snli_1.0'],
    layouts: [{ columns: GOLD }, { columns: PREMISE }],
    skipLabels: ['-', '-1'],
  }),
  scitail: task({
    name: 'scitail',
    title: 'SciTail',
    kind: 'sequence-classification',
    columns: PAIR,
    labels: [
      { value: '0', name: 'neutral' },
      { value: '1', name: 'entails', aliases: ['entailment'] },
    ],
    metrics: ['accuracy'],
    maxLength: 128,
    elue: true,
    folders: ['tsv_format', 'snli_format', 'predictor_format'],
    layouts: [
      { columns: PREMISE },
      { columns: GOLD },
      { columns: PREMISE, header: ['premise', 'hypothesis', 'label'] },
    ],
  }),
  'wnut17-ner': task({
    name: 'wnut17-ner',
    title: 'WNUT-17',
    kind: 'token-classification',
    columns: {},
    labels: asWritten('O', ...ENTITIES.flatMap((entity) => [`B-${entity}`, `I-${entity}`])),
    metrics: ['entityF1'],
    maxLength: 128,
    folders: ['wnut17', 'wnut-17', 'wnut2017', 'emerging_entities_17'],
  }),
  'snli-human-difficulty': task({
    name: 'snli-human-difficulty',
    title: 'SNLI, difficulty for people',
    kind: 'sequence-classification',
    columns: PAIR,
    labels: numbered('easy', 'hard'),
    metrics: ['accuracy'],
    maxLength: 128,
  }),
  'snli-model-difficulty': task({
    name: 'snli-model-difficulty',
    title: 'SNLI, layers that answer right',
    kind: 'multi-label',
    columns: PAIR,
    labels: asWritten(...Array.from({ length: 12 }, (_, i) => `layer ${i + 1}`)),
    metrics: [],
    maxLength: 128,
  }),
  csl: task({
    name: 'csl',
    title: 'CSL',
    kind: 'generation',
    columns: TEXT_TO_TEXT,
    labels: [],
    metrics: [],
    maxLength: 512,
  }),
  cnndm: task({
    name: 'cnndm',
    title: 'CNN/DailyMail',
    kind: 'generation',
    columns: TEXT_TO_TEXT,
    labels: [],
    metrics: [],
    maxLength: 1024,
  }),
};
