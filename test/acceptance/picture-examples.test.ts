/** The examples of pictures of one's own: one command each trains on two backends, which agree, and writes the page. */
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { RunRecord } from '@isograd/core'
import { type Agreement, parseExactly } from '@isograd/core/compare'
import { afterAll, describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const command = join(root, 'packages/cli/bin/isograd.js')
const directories: string[] = []

afterAll(() => Promise.all(directories.map((directory) => rm(directory, { recursive: true, force: true }))))

async function node(cwd: string, ...args: string[]): Promise<string> {
  return (await promisify(execFile)(process.execPath, args, { cwd, maxBuffer: 2 ** 26 })).stdout
}

/** The example in a directory of its own, drawn and run. */
async function ran(name: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'isograd-example-'))
  directories.push(directory)
  await cp(join(root, 'examples', name), directory, { recursive: true })
  await node(directory, 'draw.mjs')
  await node(directory, command, 'run', 'experiment.yaml', '--backend', 'onnx,tfjs-wasm', '--out', 'runs')
  return directory
}

describe.each([
  ['shapes', 0.9, ['discs', 'squares']],
  ['letters', 0.95, '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghnqrt'.split('')],
])('examples/%s', (name, least, categories) => {
  test('trains, agrees, shows the names of its categories, and predicts by them', async () => {
    const experiment = await readFile(join(root, 'examples', name, 'experiment.yaml'), 'utf8')
    expect(experiment.trim().split('\n').length).toBeLessThanOrEqual(15)
    const directory = await ran(name)
    const { runs, agreement } = parseExactly(await readFile(join(directory, 'runs/runs.json'), 'utf8')) as {
      readonly runs: readonly RunRecord[]
      readonly agreement: readonly Agreement[]
    }
    expect(agreement.map(({ verdict }) => verdict)).toEqual(['agree'])
    for (const run of runs) {
      expect(run.finals['test']?.metrics['accuracy']?.value).toBeGreaterThan(least)
      expect(run.dataset.fields['label']?.encoding).toMatchObject({ count: categories.length, names: categories })
      expect(run.dataset.digest).toMatch(/^[0-9a-f]{64}$/)
    }
    const told = await node(directory, command, 'predict', `runs/${name}-default-onnx-seed0`, '--index', '3', '--json')
    const { predicted, target, categories: shown } = parseExactly(told) as Record<string, unknown>
    expect([shown, [predicted]]).toEqual([categories, target])
    if (name !== 'shapes') return
    const picture = ['--image', 'pictures/squares/0.png']
    const ofFile = await node(directory, command, 'predict', 'runs/shapes-default-onnx-seed0', ...picture, '--json')
    expect(parseExactly(ofFile)).toMatchObject({ predicted: 1, categories })
  }, 60_000)
})
