import type { Columns } from '../data/columns.js';
import type { DataKind } from '../data/example.js';
import type { LabelDefinition } from '../data/label-set.js';
import type { MetricName } from '../metrics/metric.js';

/** One way in which files of a task are laid out. */
export interface TaskLayout {
  readonly columns: Columns;
  /** Names for the columns of files that have no header line. */
  readonly header?: readonly string[] | undefined;
}

/** What there is to know of a task before its data is read. */
export interface TaskDescription<Kind extends DataKind = DataKind> {
  /** Name of its folder, such as `sst-2`. */
  readonly name: string;
  /** As papers write it. */
  readonly title: string;
  readonly kind: Kind;
  readonly columns: Columns;
  /** How else files of the task are laid out: as GLUE, ELUE and the publishers have them. Tried in turn. */
  readonly layouts: readonly TaskLayout[];
  /** Other names of its folder; case doesn't count. */
  readonly folders: readonly string[];
  /** Rows with these labels are left out. */
  readonly skipLabels: readonly string[];
  /** Values in the files with the names people use; for regression the name of the value. */
  readonly labels: readonly LabelDefinition[];
  /** Its score is their mean. Empty where no metric here fits. */
  readonly metrics: readonly MetricName[];
  /** Longest input in tokens that training and evaluation use by default. */
  readonly maxLength: number;
  /** One of the six tasks of the ELUE benchmark (Liu et al., NAACL 2022). */
  readonly elue: boolean;
}
