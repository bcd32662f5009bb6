/** The settings of vitest that packages share. */
import { fileURLToPath } from 'node:url'
import type { ViteUserConfig } from 'vitest/config'

const core = (path: string): string => fileURLToPath(new URL(`../packages/core/src/${path}`, import.meta.url))

/** Path of the setup that makes and removes the directory for temporary files of a run of tests. */
export const scratch = fileURLToPath(new URL('test-scratch.ts', import.meta.url))

/**
 * Tests that may take minutes, on all cores, with core from its sources, so that they need no build of it.
 * @param isolate true where files leave something behind; else a worker loads what they import once.
 */
export function packageTests(isolate = false): ViteUserConfig {
  return {
    test: {
      include: ['test/**/*.test.ts'],
      globalSetup: scratch,
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
