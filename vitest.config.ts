import { defineConfig } from 'vitest/config';

// Each project listens once; Node warns from the eleventh listener on.
process.setMaxListeners(64);

/** All tests of the workspace in one run. Few workers: onnxruntime brings threads of its own. */
export default defineConfig({
  test: {
    projects: [
      '{packages,apps,tooling}/*/vitest.config.ts',
      // The examples of the README beside this file.
      { extends: './tooling/vitest/preset.ts', test: { name: 'README', root: '.' } },
    ],
    pool: 'forks',
    maxWorkers: 2,
  },
});
