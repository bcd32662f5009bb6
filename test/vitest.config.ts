import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { defineConfig } from 'vitest/config'

/** Files that take minutes, begun first: one that is begun last is waited for while the other workers have nothing to do. */
const longest = ['proofs/proofs', 'cases/cases', 'acceptance/check', 'acceptance/agreement', 'figures/removal']

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number =>
      longest.findIndex((name) => moduleId.endsWith(`${name}.test.ts`)) + 1 || longest.length + 1
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b))
  }
}

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 120_000,
    maxWorkers: '100%',
    execArgv: ['--expose-gc'],
    sequence: { sequencer: LongestFirst },
  },
})
