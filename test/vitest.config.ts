import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { defineConfig } from 'vitest/config'
import { scratch } from '../build/vitest-config.js'

/** Files that take minutes, begun first: one that is begun last is waited for while the other workers have nothing to do. */
const longest = ['proofs/proofs', 'cases/cases', 'acceptance/check', 'acceptance/agreement', 'figures/removal']

function rank({ moduleId }: TestSpecification): number {
  return longest.findIndex((name) => moduleId.endsWith(`${name}.test.ts`)) + 1 || longest.length + 1
}

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- no array: the order that vitest has by itself
    const bySize = await super.sort(files)
    return bySize.toSorted((a, b) => rank(a) - rank(b))
  }
}

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    globalSetup: scratch,
    testTimeout: 300_000,
    hookTimeout: 120_000,
    maxWorkers: '100%',
    execArgv: ['--expose-gc'],
    sequence: { sequencer: LongestFirst },
  },
})
