import type { Rule } from '../rule.js';
import { bareErrorsRule } from './bare-errors.js';
import { fileSizesRule } from './file-sizes.js';
import { floorsRule } from './floors.js';
import { importsRule } from './imports.js';
import { leftoversRule } from './leftovers.js';
import { machineTracesRule } from './machine-traces.js';
import { platformFreeRule } from './platform-free.js';
import { publicNamesRule } from './public-names.js';
import { readmeInstallsRule } from './readme-installs.js';
import { shapeRule } from './shape.js';
import { versionsRule } from './versions.js';

/** Every rule of the house. */
export const rules: readonly Rule[] = [
  floorsRule,
  importsRule,
  platformFreeRule,
  shapeRule,
  readmeInstallsRule,
  versionsRule,
  bareErrorsRule,
  publicNamesRule,
  leftoversRule,
  fileSizesRule,
  machineTracesRule,
];
