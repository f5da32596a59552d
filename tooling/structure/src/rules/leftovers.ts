import { parseModule } from '../module.js';
import { isCode } from '../package.js';
import type { Rule, Violation } from '../rule.js';

const note = /\b(?:TODO|FIXME|XXX|HACK)\b/;

/** What is missing stands in an issue, not in a comment; and no test is left alone with `.only`. */
export const leftoversRule: Rule = {
  name: 'no notes to self in comments, no test.only',
  check(workspace) {
    const violations: Violation[] = [];
    for (const path of workspace.paths) {
      const text = workspace.text(path) ?? '';
      if (isCode(path)) {
        for (const { value, line } of parseModule(path, text).comments) {
          const found = note.exec(value)?.[0];
          if (found) violations.push({ path, line, message: `has a ${found} comment` });
        }
        if (/\.test\.ts$/.test(path))
          for (const match of text.matchAll(/^\s*(?:test|it|describe)\.only\(/gm))
            violations.push({
              path,
              line: text.slice(0, match.index).split('\n').length,
              message: 'runs one test only',
            });
      } else if (/\.(?:py|sh|ya?ml)$/.test(path)) {
        text.split('\n').forEach((line, i) => {
          const found = note.exec(/#(.*)/.exec(line)?.[1] ?? '')?.[0];
          if (found) violations.push({ path, line: i + 1, message: `has a ${found} comment` });
        });
      }
    }
    return violations;
  },
};
