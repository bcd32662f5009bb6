import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const core = (path: string): string => fileURLToPath(new URL(`../core/src/${path}`, import.meta.url))

export default defineConfig({
  test: { testTimeout: 300_000, hookTimeout: 120_000, maxWorkers: '100%' },
  resolve: {
    // Core from its sources, so that the tests need no build of it.
    alias: [
      { find: /^@isograd\/core\/(\w+)$/, replacement: core('$1/index.ts') },
      { find: /^@isograd\/core$/, replacement: core('index.ts') },
    ],
  },
})
