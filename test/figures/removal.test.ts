/** A metric, a task, an optimizer, two layers and a data set can each be taken out with their file and their table line. */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compile, copySources, literalsOf, type Removable, removeRecord, tracesOf } from './removal.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

const records: readonly Removable[] = [
  { name: 'accuracy', files: ['task/metrics/accuracy.ts'], table: 'task/metrics/index.ts' },
  { name: 'classification', files: ['task/tasks/classification.ts'], table: 'task/tasks/index.ts' },
  { name: 'lbfgs', files: ['optimize/optimizers/lbfgs'], table: 'optimize/optimizers/index.ts' },
  { name: 'dropout', files: ['model/layers/dropout.ts'], table: 'model/layers/index.ts' },
  { name: 'batchNorm', files: ['model/layers/batch-norm.ts'], table: 'model/layers/index.ts' },
  { name: 'mnist', files: ['data/sets/mnist.ts'], table: 'data/sets/index.ts' },
]

/**
 * Presets, published figures and the reader of /1 documents may know a record by its name, and so may the table of names that
 * people bring from elsewhere: a name whose record is not there is no other name of it. So may a block, which is nothing but the
 * layers that it stands for: of one that is taken out, it is refused as an experiment is that names it.
 */
const mayKnow = [
  /^packages\/core\/src\/\w+\/presets\//,
  /^packages\/core\/src\/[\w/]*\bpublished[\w-]*\.ts\b/,
  /^packages\/core\/src\/records\/earlier\//,
  /^packages\/core\/src\/experiment\/names-elsewhere\.ts/,
  /^packages\/core\/src\/model\/layers\/transformer\.ts/,
]

describe('only its table knows', () => {
  for (const record of records) {
    it(`${record.name} can be taken out`, async () => {
      expect(await tracesOf(root, record, mayKnow)).toEqual({ errors: [], literals: [] })
    })
  }
})

describe('the test itself', () => {
  let copy = ''
  beforeAll(async () => {
    copy = await copySources(root)
  })
  afterAll(async () => {
    await rm(copy, { recursive: true })
  })

  it('names a file that imports a removed record and one that asks for its name', async () => {
    const folder = join(copy, 'packages/core/src/planted')
    await mkdir(folder)
    await Promise.all([
      writeFile(join(folder, 'record.ts'), 'export const planted = 1\n'),
      writeFile(
        join(folder, 'index.ts'),
        [
          "import { planted } from './record.js'",
          '',
          'export const plants = {',
          '  planted,',
          '} satisfies Record<string, number>',
          '',
        ].join('\n'),
      ),
      writeFile(join(folder, 'by-import.ts'), "export { planted } from './record.js'\n"),
      writeFile(join(folder, 'by-name.ts'), "export const isPlanted = (kind: string) => kind === 'planted'\n"),
    ])
    await removeRecord(copy, { name: 'planted', files: ['planted/record.ts'], table: 'planted/index.ts' })
    expect(await compile(root, copy)).toEqual([
      expect.stringMatching(/^packages\/core\/src\/planted\/by-import\.ts\(1,25\): error TS2307/),
    ])
    expect(await literalsOf(copy, 'planted')).toEqual([
      "packages/core/src/planted/by-name.ts:1: export const isPlanted = (kind: string) => kind === 'planted'",
    ])
  })

  it('refuses a record that its table does not list', async () => {
    const unlisted = { name: 'errors', files: ['errors.ts'], table: 'version.ts' }
    await expect(removeRecord(copy, unlisted)).rejects.toThrow('expected an import of "errors"')
  })
})
