import { defineConfig } from 'vitest/config';

/** All tests of the workspace in one run. Few workers: onnxruntime brings threads of its own. */
export default defineConfig({
  test: {
    projects: ['{packages,apps,tooling}/*/vitest.config.ts'],
    pool: 'forks',
    maxWorkers: 2,
  },
});
