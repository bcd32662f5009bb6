import { defineConfig } from 'vitest/config'

// Each file has the cores to itself: these tests train, and two trainings at once only make each other slow.
export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 120_000,
    fileParallelism: false,
    execArgv: ['--expose-gc'],
  },
})
