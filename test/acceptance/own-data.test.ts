/** The examples on own data: each in one file of at most 15 lines and one command, on two backends, with a page. */
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const command = join(root, 'packages/cli/bin/isograd.js')
let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'isograd-own-data-'))
  for (const name of ['houses', 'churn'])
    await cp(join(root, 'examples', name), join(directory, name), { recursive: true })
})

afterAll(() => rm(directory, { recursive: true }))

/** The output of the command; it fails where its status is not 0. */
async function isograd(...given: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [command, ...given], { cwd: directory })
  return stdout
}

/** Status and error of a command that is refused. */
async function refusal(...given: readonly string[]): Promise<{ readonly code: number; readonly stderr: string }> {
  return promisify(execFile)(process.execPath, [command, ...given], { cwd: directory }).then(
    () => expect.unreachable(),
    (error: unknown) => error as { readonly code: number; readonly stderr: string },
  )
}

interface Document {
  readonly runs: readonly {
    readonly finals: { readonly test: { readonly metrics: Readonly<Record<string, { readonly value: number }>> } }
    readonly dataset: {
      readonly path: string
      readonly digest: string
      readonly rows: Readonly<Record<string, number>>
    }
  }[]
  readonly agreement: readonly { readonly ok: boolean }[]
}

describe.each([
  ['houses', 'r2', 0.8, { train: 640, test: 160 }],
  ['churn', 'accuracy', 0.7, { train: 720, test: 180 }],
] as const)('%s', (name, metric, least, rows) => {
  const file = `${name}/${name}.yaml`

  test('is learned by two backends, which agree, with a page', async () => {
    const text = await readFile(join(directory, file), 'utf8')
    expect(text.trim().split('\n').length).toBeLessThanOrEqual(15)
    const out = `${name}-runs`
    const { runs, agreement } = JSON.parse(
      await isograd('run', file, '--backend', 'onnx,tfjs-wasm', '--out', out, '--json', '--quiet'),
    ) as Document
    expect(agreement.map(({ ok }) => ok)).toEqual([true])
    expect(runs).toHaveLength(2)
    for (const { finals, dataset } of runs) {
      expect(Object.keys(finals.test.metrics)).toContain(metric)
      expect(finals.test.metrics[metric]?.value).toBeGreaterThan(least)
      expect(dataset).toMatchObject({ path: `${name}/${name}.csv`, rows })
    }
    expect(await readFile(join(directory, out, 'report.html'), 'utf8')).toContain('<html')
    expect(await isograd('predict', `${out}/${name}-default-onnx-seed0`, '--index', '3')).toContain(
      `test sample 3 of ${name}.csv`,
    )
    const moved = await refusal(
      'predict',
      join(directory, `${out}/${name}-default-onnx-seed0`),
      '--data',
      'nowhere.csv',
    )
    expect([moved.code, moved.stderr]).toEqual([2, expect.stringContaining('nowhere.csv: does not exist')])
  })

  test('is told of by data inspect', async () => {
    const document = JSON.parse(await isograd('data', 'inspect', `${name}/${name}.csv`, '--json')) as {
      readonly format: string
      readonly experiment: { readonly data: object }
    }
    expect(document.format).toBe('csv')
    expect(document.experiment.data).toMatchObject({ path: `${name}/${name}.csv` })
  })
})

test('a value that is missing is refused with its line and column, and nothing is written', async () => {
  const text = await readFile(join(directory, 'churn/churn.yaml'), 'utf8')
  await writeFile(join(directory, 'churn/plain.yaml'), text.replaceAll('impute, ', ''))
  const { code, stderr } = await refusal('run', 'churn/plain.yaml', '--backend', 'onnx', '--out', 'plain-runs')
  expect(code).toBe(2)
  expect(stderr).toMatch(/churn\/churn\.csv, line \d+, column "\w+": the value is missing; .*"impute" in data\.fields/)
  await expect(readFile(join(directory, 'plain-runs/runs.json'))).rejects.toThrow('ENOENT')
})
