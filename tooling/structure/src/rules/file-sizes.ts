import { isCode } from '../package.js';
import type { Rule, Violation } from '../rule.js';

const MEGABYTE = 1_000_000;
const lineLimit = 500;

/** Sources short enough to read, nothing heavy in the repository but the default model. */
export const fileSizesRule: Rule = {
  name: 'no source over 500 lines, no file over 2 MB (the default model: 26 MB)',
  check(workspace) {
    return workspace.paths.flatMap((path): Violation[] => {
      const limit = /^packages\/model-[^/]+\//.test(path) ? 26 : 2;
      const size = workspace.size(path);
      if (size > limit * MEGABYTE)
        return [{ path, message: `has ${(size / MEGABYTE).toFixed(1)} MB, at most ${limit} MB may be committed` }];
      if (!isCode(path) && !path.endsWith('.py')) return [];
      const lines = (workspace.text(path) ?? '').trimEnd().split('\n').length;
      return lines > lineLimit ? [{ path, message: `has ${lines} lines, at most ${lineLimit}` }] : [];
    });
  },
};
