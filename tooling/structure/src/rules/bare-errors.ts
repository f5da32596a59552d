import { parseModule } from '../module.js';
import { packagesOf } from '../package.js';
import type { Rule, Violation } from '../rule.js';

const bare = new Set([
  'Error',
  'TypeError',
  'RangeError',
  'SyntaxError',
  'ReferenceError',
  'EvalError',
  'AggregateError',
]);

/** Whoever catches an error of ours finds a code, fields and what to change. */
export const bareErrorsRule: Rule = {
  name: 'packages throw HasheeError, never a bare Error',
  check(workspace) {
    const violations: Violation[] = [];
    for (const { folder, sources } of packagesOf(workspace)) {
      if (folder === 'tooling') continue;
      for (const path of sources)
        for (const { value, line } of parseModule(path, workspace.text(path) ?? '').calls)
          if (bare.has(value))
            violations.push({ path, line, message: `makes a bare ${value}; use HasheeError with a code` });
    }
    return violations;
  },
};
