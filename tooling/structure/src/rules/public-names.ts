import { packagesOf } from '../package.js';
import type { Rule, Violation } from '../rule.js';

/** What an option of this name is in every package, by the beginning of its type. */
const meanings: Readonly<Record<string, RegExp>> = {
  signal: /^AbortSignal \| undefined$/,
  onProgress: /^(?:\| )?\(\(event: /,
  onEvent: /^(?:\| )?\(\(event: /,
  batchSize: /^number/,
  maxLength: /^number/,
  learningRate: /^number/,
  epochs: /^number/,
  threads: /^number/,
  seed: /^number/,
  dtype: /string|[Dd]type/,
  localFilesOnly: /^boolean/,
  overwrite: /^boolean/,
};

/** Other words for something that has a name. */
const synonyms: Readonly<Record<string, string>> = {
  abortSignal: 'signal',
  progressCallback: 'onProgress',
  onStatus: 'onProgress',
  callback: 'onEvent',
  batch_size: 'batchSize',
  maxTokens: 'maxLength',
  lr: 'learningRate',
  numEpochs: 'epochs',
  numThreads: 'threads',
  randomSeed: 'seed',
  precision: 'dtype',
  table: 'exitTable',
  offline: 'localFilesOnly',
  force: 'overwrite',
  meanLayer: 'meanExitLayer',
  macsSpeedup: 'countedSpeedup',
  exitLayerSpeedup: 'layerSpeedup',
  durationMs: 'milliseconds',
  elapsed: 'milliseconds or seconds',
};

const FIELD = /^ +readonly (\w+)(\?)?:\s*([^;]*)/gm;
const DECLARED = /^export (?:interface|type) (\w+)\b[\s\S]*?(?=^export |^\/\*\*|^(?:async )?function |$(?![\s\S]))/gm;

/** One idea has one name and one shape in all packages; CONTRIBUTING has the list. */
export const publicNamesRule: Rule = {
  name: 'one idea has one name in all packages',
  check(workspace) {
    const violations: Violation[] = [];
    for (const { folder, sources } of packagesOf(workspace)) {
      if (folder !== 'packages') continue;
      for (const path of sources.filter((source) => !source.includes('/src/testing/'))) {
        const text = workspace.text(path) ?? '';
        for (const { 0: declaration, 1: declared, index: start } of text.matchAll(DECLARED)) {
          const refuse = (message: string, at = 0): void => {
            violations.push({ path, line: text.slice(0, start + at).split('\n').length, message });
          };
          for (const { 1: name, 2: optional, 3: type, index } of declaration.matchAll(FIELD)) {
            const other = synonyms[name];
            if (optional && other) refuse(`${name}: the name for this is ${other}`, index);
            const meaning = meanings[name];
            if (optional && meaning && !meaning.test(type.trim()))
              refuse(`${name} is something else in other packages (${meaning.source}), here ${type.trim()}`, index);
          }
          if (/Event$/.test(declared) && /readonly (?:kind|status): '/.test(declaration))
            refuse(`${declared}: events are told apart by type`);
          if (/Progress$/.test(declared) && !/readonly (?:status|total):/.test(declaration))
            refuse(`${declared}: progress has a status, or done and total`);
        }
      }
    }
    return violations;
  },
};
