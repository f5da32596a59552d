import { defineConfig } from 'vitest/config';

const conditions = ['@hashee/source', 'node', 'import', 'module', 'default'];

/** Tests run on sources, so no package needs a build first. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { include: ['test/**/*.test.ts'], testTimeout: 30_000, passWithNoTests: false },
});
