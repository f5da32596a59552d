import type { Rule, Violation } from '../rule.js';

const traces: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  {
    what: 'a package registry',
    pattern: /\bhttps?:\/\/[^\s/"'<>]*(?:registry|artifactory|nexus|verdaccio|npmjs|pythonhosted)[^\s/"'<>]*/i,
  },
  { what: 'a path of one machine', pattern: /(?<![\w.~%$})\]/-])\/(?:work|tmp|home|root|Users|mnt)\/[\w.-]+/ },
  { what: 'a path of one machine', pattern: /\b[A-Z]:\\Users\\/ },
];

/** The repository reads the same wherever it was made. */
export const machineTracesRule: Rule = {
  name: 'no registry addresses, no paths of one machine',
  check(workspace) {
    const violations: Violation[] = [];
    for (const path of workspace.paths) {
      const text = workspace.text(path) ?? '';
      if (text.includes('\0')) continue;
      text.split('\n').forEach((content, i) => {
        for (const { what, pattern } of traces) {
          const found = pattern.exec(content)?.[0];
          if (found) violations.push({ path, line: i + 1, message: `names ${what}: ${found}` });
        }
      });
    }
    return violations;
  },
};
