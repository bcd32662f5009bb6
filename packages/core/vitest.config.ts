import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 120_000,
    maxWorkers: '100%',
    // No file leaves anything behind, and loading all of core anew for each is a sixth of the time.
    isolate: false,
  },
})
