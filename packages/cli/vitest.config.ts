import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const core = (path: string): string => fileURLToPath(new URL(`../core/src/${path}`, import.meta.url))

export default defineConfig({
  resolve: {
    // Core from its sources for what is tested in this process; the built command takes it from its dist.
    alias: [
      { find: /^@isograd\/core\/(\w+)$/, replacement: core('$1/index.ts') },
      { find: /^@isograd\/core$/, replacement: core('index.ts') },
    ],
  },
  test: { include: ['test/**/*.test.ts'], testTimeout: 300_000, hookTimeout: 120_000, maxWorkers: '100%' },
})
