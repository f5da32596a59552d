/** Where a run is kept: in the folder that is named, else beside the output. */
export function runFolderOf({
  runDir,
  output,
}: {
  readonly runDir?: string | undefined;
  readonly output: string;
}): string {
  return runDir ?? `${output.replace(/[\\/]+$/, '')}.run`;
}
