import { existsSync } from 'node:fs'
import { mkdtemp, readdir, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  installPacked,
  linkDependencies,
  needsOf,
  type PackageFolder,
  packages,
  root,
  run,
  withoutOptional,
} from './install.js'

let project: string

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'isograd-packed-'))
  await writeFile(join(project, 'package.json'), '{ "name": "consumer", "type": "module", "private": true }')
  await linkDependencies(join(root, 'node_modules'), join(project, 'node_modules'))
  for (const folder of Object.keys(packages) as PackageFolder[]) await installPacked(project, folder)
})

afterAll(async () => {
  await rm(project, { recursive: true, force: true })
})

/** Bytes that a package takes on a disk with blocks of 4 KB, without packages within it. */
async function diskBytes(directory: string): Promise<number> {
  const sizes = (await readdir(directory, { withFileTypes: true })).map(async (entry) => {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) return entry.name === 'node_modules' ? 0 : diskBytes(path)
    return entry.isFile() ? Math.ceil((await stat(path)).size / 4096) * 4096 : 0
  })
  return (await Promise.all(sizes)).reduce((sum, bytes) => sum + bytes, 4096)
}

/** Kilobytes that each package may take on a disk: a tenth more than it does, so that what makes one larger is noticed. */
const budgets: Readonly<Record<PackageFolder, number>> = {
  core: 4400,
  report: 380,
  playground: 3800,
  compiler: 410,
  'onnx-adapter': 550,
  'tfjs-adapter': 230,
  'jaxjs-adapter': 100,
  'create-isograd-adapter': 75,
  cli: 2400,
}

const consumer = `
import { parseExperiment, referenceBackend, train } from '@isograd/core'
import type { Backend } from '@isograd/core/backend'
import { conformanceCases } from '@isograd/core/conformance'
import { opNames } from '@isograd/core/ir'
import { loadDataset } from '@isograd/core/node'
import { isogradAdapter as onnx } from '@isograd/onnx-adapter'
import { renderReport } from '@isograd/report'
import { isogradAdapter as tfjs } from '@isograd/tfjs-adapter'

const backend: Backend = referenceBackend()
export const names: readonly string[] = [backend.name, ...onnx.variants, ...tfjs.variants, ...opNames]
export const cases: number = conformanceCases().length
export const page: Promise<string> = renderReport([])
export { loadDataset, parseExperiment, train }
`

describe('the packages as they would be published', () => {
  test('are imported, and required, in a project outside the workspace', async () => {
    const names = Object.values(packages).map((name) => JSON.stringify(name))
    const imports = names.map((name) => `Object.keys(await import(${name})).length >= 0`).join(' && ')
    const required = names.map((name) => `typeof require(${name}) === 'object'`).join(' && ')
    await writeFile(join(project, 'import.mjs'), `console.log(${imports})`)
    await writeFile(join(project, 'require.cjs'), `console.log(${required})`)
    expect((await run(process.execPath, ['import.mjs'], { cwd: project })).stdout).toBe('true\n')
    expect((await run(process.execPath, ['require.cjs'], { cwd: project })).stdout).toBe('true\n')
  })

  test.each(['NodeNext', 'Bundler'])('type-check in a consumer with moduleResolution %s', async (resolution) => {
    await writeFile(join(project, 'consumer.ts'), consumer)
    const module = resolution === 'Bundler' ? 'ESNext' : 'NodeNext'
    const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'ES2022', '--types', 'node']
    const args = [compiler, ...options, '--module', module, '--moduleResolution', resolution, 'consumer.ts']
    await expect(run(process.execPath, args, { cwd: project })).resolves.toBeDefined()
  })

  test('the command runs from its package: version, list, a training run', async () => {
    const command = join(project, 'node_modules', 'isograd', 'bin', 'isograd.js')
    const isograd = (...args: string[]) => run(process.execPath, [command, ...args], { cwd: project })
    expect((await isograd('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
    expect((await isograd('list')).stdout).toContain('torch-mlp5')
    const options = ['--dataset', 'digits', '--limit', '320', '--epochs', '1', '--backend', 'onnx', '--json']
    const document = JSON.parse((await isograd('run', 'keras-13x10', ...options)).stdout) as {
      runs: { steps: number }[]
    }
    expect(document.runs.map(({ steps }) => steps)).toEqual([10, 10])
  })

  test('the command trains several runs at once from its package', async () => {
    const command = join(project, 'node_modules', 'isograd', 'bin', 'isograd.js')
    const options = ['--dataset', 'digits', '--limit', '320', '--epochs', '1', '--jobs', '2', '--json']
    const args = [command, 'run', 'keras-13x10', '--backend', 'onnx,tfjs-wasm', ...options]
    const { environment, runs } = JSON.parse((await run(process.execPath, args, { cwd: project })).stdout) as {
      environment: { jobs: number }
      runs: { backend: string; steps: number }[]
    }
    expect(environment.jobs).toBe(2)
    expect(runs.map(({ backend, steps }) => [backend, steps])).toEqual([
      ['onnx', 10],
      ['tfjs-wasm', 10],
      ['onnx', 10],
      ['tfjs-wasm', 10],
    ])
  })

  test('the command with its built-in backends takes at most 20 MB', async () => {
    const needs = [...(await needsOf('isograd', withoutOptional)), 'isograd'].map((name) =>
      join(project, 'node_modules', name),
    )
    expect(needs.filter((path) => !existsSync(path))).toEqual([])
    expect(needs.length).toBeLessThanOrEqual(30)
    const sizes = await Promise.all(needs.map(async (path) => diskBytes(await realpath(path))))
    expect(sizes.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(20e6)
  })

  test.each(Object.entries(budgets) as [PackageFolder, number][])('%s takes at most %d KB', async (folder, most) => {
    const directory = await realpath(join(project, 'node_modules', packages[folder]))
    expect(await diskBytes(directory)).toBeLessThan(most * 1000)
  })

  test('no package ships its sources or maps of them', async () => {
    for (const name of Object.values(packages)) {
      const files = await readdir(join(project, 'node_modules', name), { recursive: true })
      expect(files.filter((file) => file.endsWith('.map') || /^src\b/.test(file))).toEqual([])
    }
  })

  test('no package holds a test, a path of the machine it was packed on, or a host of a registry', async () => {
    for (const name of Object.values(packages)) {
      const directory = join(project, 'node_modules', name)
      const files = await readdir(directory, { recursive: true })
      expect(files.filter((file) => /(^|\/)test\//.test(file) || file.endsWith('.test.ts'))).toEqual([])
      const { stdout } = await run('sh', ['-c', `grep -rlE "registry\\.(npmjs|yarnpkg)|${root}" . || true`], {
        cwd: directory,
      })
      expect(stdout).toBe('')
    }
  })
})
