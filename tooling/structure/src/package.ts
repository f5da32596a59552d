import type { Workspace } from './workspace.js';

/** The fields of a package.json that rules look at. */
export interface Manifest {
  readonly name?: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

export interface WorkspacePackage {
  /** Such as `packages/core`. */
  readonly directory: string;
  readonly folder: 'packages' | 'apps' | 'tooling';
  /** Last part of the directory, such as `core`. */
  readonly id: string;
  readonly manifest: Manifest;
  /** TypeScript and JavaScript files that ship or, in tooling, do the work. */
  readonly sources: readonly string[];
  /** The other TypeScript and JavaScript files: tests, configuration, scripts. */
  readonly others: readonly string[];
}

export type DependencyField = 'dependencies' | 'optionalDependencies' | 'peerDependencies' | 'devDependencies';

export const dependencyFields: readonly DependencyField[] = [
  'dependencies',
  'optionalDependencies',
  'peerDependencies',
  'devDependencies',
];

/** True for files that are modules of code. */
export function isCode(path: string): boolean {
  return /\.(?:[cm]?[jt]s|tsx|jsx)$/.test(path);
}

/** The packages of the workspace: every folder below packages, apps and tooling with a package.json. */
export function packagesOf(workspace: Workspace): WorkspacePackage[] {
  return workspace.paths.flatMap((path) => {
    const match = /^((packages|apps|tooling)\/([^/]+))\/package\.json$/.exec(path);
    if (!match) return [];
    const [, directory, folder, id] = match;
    const modules = workspace.paths.filter((file) => file.startsWith(`${directory}/`) && isCode(file));
    const isSource = (file: string) => file.startsWith(`${directory}/src/`);
    return {
      directory,
      folder: folder as WorkspacePackage['folder'],
      id,
      manifest: JSON.parse(workspace.text(path) ?? '{}') as Manifest,
      sources: modules.filter(isSource),
      others: modules.filter((file) => !isSource(file)),
    };
  });
}
