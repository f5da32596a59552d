import { type Comment, parseSync, Visitor } from 'oxc-parser';

interface Found<T> {
  readonly value: T;
  /** From 1. */
  readonly line: number;
}

/** What rules need to know of one file of code. */
export interface Module {
  /** Every specifier: import and export statements, types included, `import()`, `import('x').Type`, `require`. */
  readonly imports: readonly Found<string>[];
  /** Names used as values or types, other than as property of something; `globalThis.x` counts as `x`. */
  readonly names: readonly Found<string>[];
  /** Names of what is made with `new X()` or called as `X()`. */
  readonly calls: readonly Found<string>[];
  readonly comments: readonly Found<string>[];
  /** Set where the file isn't valid code. */
  readonly error: string | undefined;
}

const known = new Map<string, Module>();

/** Parses TypeScript or JavaScript; nothing is executed. */
export function parseModule(path: string, text: string): Module {
  const key = `${path}\0${text}`;
  const module = known.get(key) ?? parse(path, text);
  known.set(key, module);
  return module;
}

function parse(path: string, text: string): Module {
  const result = parseSync(path, text);
  const starts = [0, ...[...text.matchAll(/\n/g)].map((match) => match.index + 1)];
  const found = <T>(value: T, start: number): Found<T> => ({
    value,
    line: starts.findLastIndex((first) => first <= start) + 1,
  });
  const imports: Found<string>[] = [];
  const calls: Found<string>[] = [];
  const identifiers = new Map<number, string>();
  const properties = new Set<number>();
  const add = (node: { type: string; value?: unknown; start: number } | null | undefined): void => {
    if (node?.type === 'Literal' && typeof node.value === 'string') imports.push(found(node.value, node.start));
  };
  const key = (node: { computed: boolean; key: { start: number } }): void => {
    if (!node.computed) properties.add(node.key.start);
  };
  new Visitor({
    ImportDeclaration: (node) => add(node.source),
    ExportNamedDeclaration: (node) => add(node.source),
    ExportAllDeclaration: (node) => add(node.source),
    ImportExpression: (node) => add(node.source),
    TSImportType: (node) => add(node.source),
    TSExternalModuleReference: (node) => add(node.expression),
    NewExpression(node) {
      if (node.callee.type === 'Identifier') calls.push(found(node.callee.name, node.start));
    },
    CallExpression(node) {
      const { callee } = node;
      if (callee.type === 'Identifier') calls.push(found(callee.name, node.start));
      const name = text.slice(callee.start, callee.end);
      if (['require', 'require.resolve', 'import.meta.resolve'].includes(name)) add(node.arguments[0]);
    },
    Identifier: (node) => void identifiers.set(node.start, node.name),
    MemberExpression(node) {
      const ofGlobal = node.object.type === 'Identifier' && node.object.name === 'globalThis';
      if (!node.computed && !ofGlobal) properties.add(node.property.start);
    },
    Property: (node) => {
      if (!node.shorthand) key(node);
    },
    MethodDefinition: key,
    PropertyDefinition: key,
    TSPropertySignature: key,
    TSMethodSignature: key,
  }).visit(result.program);
  return {
    imports,
    calls,
    names: [...identifiers].filter(([start]) => !properties.has(start)).map(([start, name]) => found(name, start)),
    comments: result.comments.map((comment: Comment) => found(comment.value, comment.start)),
    error: result.errors[0]?.message,
  };
}

/** The package that a specifier names: `@hashee/core/testing` gives `@hashee/core`; undefined for relative paths. */
export function packageOf(specifier: string): string | undefined {
  if (/^[./]/.test(specifier) || specifier.startsWith('node:')) return undefined;
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}
