import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { readmeTests } from '../readme/src/readme-tests.js';

const conditions = ['@hashee/source', 'node', 'import', 'module', 'default'];

const preset: ViteUserConfig = defineConfig({
  plugins: [
    readmeTests(),
    {
      // Tells enter-package.ts which folder it is.
      name: 'package-folder',
      config: ({ root = process.cwd() }) => ({ test: { env: { HASHEE_PACKAGE: root } } }),
    },
  ],
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: [fileURLToPath(new URL('enter-package.ts', import.meta.url))],
    // Generous: on two cores, with other work beside, a second becomes ten.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    passWithNoTests: false,
    pool: 'forks',
    maxWorkers: 2,
  },
});

/** Tests run on sources, so no package needs a build first. */
export default preset;
