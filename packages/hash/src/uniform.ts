import type { BuiltExitTable } from './built-exit-table.js';
import { checkInteger, draftTable, type TableOptions } from './vocabulary.js';

export interface UniformTableOptions extends TableOptions {
  /** 1 to L. L makes the dense model. */
  readonly exitLayer: number;
}

/** All types exit at one layer, special ids at L. @throws HasheeError `INVALID_ARGUMENT`, `TABLE_MISMATCH` */
export function uniformTable(options: UniformTableOptions): BuiltExitTable {
  const draft = draftTable(options);
  checkInteger('exitLayer', options.exitLayer, 1, draft.layers);
  for (let id = 0; id < draft.vocabSize; id++) if (draft.special[id] === 0) draft.exitLayer[id] = options.exitLayer;
  return draft.finish({ name: 'uniform', parameters: { exitLayer: options.exitLayer } });
}
