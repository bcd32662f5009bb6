/** The settings of vitest that packages share. */
import { fileURLToPath } from 'node:url'
import type { ViteUserConfig } from 'vitest/config'

const core = (path: string): string => fileURLToPath(new URL(`../packages/core/src/${path}`, import.meta.url))

/**
 * Tests that may take minutes, on all cores, with core from its sources, so that they need no build of it.
 * @param isolate false where no file leaves anything behind, so that a worker loads all that they import once.
 */
export function packageTests(isolate = true): ViteUserConfig {
  return {
    test: {
      include: ['test/**/*.test.ts'],
      testTimeout: 300_000,
      hookTimeout: 120_000,
      maxWorkers: '100%',
      isolate,
    },
    resolve: {
      alias: [
        { find: /^@isograd\/core\/(\w+)$/, replacement: core('$1/index.ts') },
        { find: /^@isograd\/core$/, replacement: core('index.ts') },
      ],
    },
  }
}
