/** What the package says of itself. */
import { readFileSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { defaultBackends, registry } from '../src/backends/registry.js'
import { exitStatus } from '../src/errors/exit-status.js'
import { version } from '../src/version.js'
import { fixture, isograd, temporaryDirectory } from './command.js'

/** Modules that a built file loads before it does anything: its own files, and the packages that these name. */
function loadedBy(file: string, seen = new Set<string>()): ReadonlySet<string> {
  for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/^(?:import|export)[^'"(]*['"]([^'"]+)['"]/gm)) {
    const module = name.startsWith('.') ? join(file, '..', name) : name
    if (seen.has(module)) continue
    seen.add(module)
    if (name.startsWith('.')) loadedBy(module, seen)
  }
  return seen
}

const readme = readFileSync(fixture('../../README.md'), 'utf8')
const [, example = ''] = /```yaml\n(.*?)```/s.exec(readme) ?? []

describe('the package', () => {
  it('knows its version', () => {
    const manifest = JSON.parse(readFileSync(fixture('../../package.json'), 'utf8')) as { readonly version: string }
    expect(version).toBe(manifest.version)
  })

  it('loads nothing heavy for a version or a mistyped option', () => {
    const packages = [...loadedBy(fixture('../../dist/main.js'))].filter(
      (name) => !name.startsWith('/') && !isBuiltin(name),
    )
    expect(packages.toSorted()).toEqual(['@isograd/core/text', 'commander'])
  })

  it('describes every backend that it knows', () => {
    expect(Object.entries(registry).filter(([, { description }]) => description === '')).toEqual([])
    expect(defaultBackends.filter((name) => !(name in registry))).toEqual([])
  })

  it('documents every exit status', () => {
    expect(Object.values(exitStatus).filter((status) => !readme.includes(`| ${status} `))).toEqual([])
  })

  it('trains the experiment of its documentation', async () => {
    const directory = temporaryDirectory()
    writeFileSync(join(directory, 'depth.yaml'), example)
    const options = ['--limit', '64', '--epochs', '1', '--backend', 'reference', '--arm', 'relu', '--json']
    const { status, stdout } = await isograd(['run', 'depth.yaml', ...options], { cwd: directory })
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ runs: [{ preset: 'depth', arm: 'relu', steps: 1 }] })
  })

  it('reports mistakes in it as documented', async () => {
    const directory = temporaryDirectory()
    writeFileSync(join(directory, 'depth.yaml'), example.replace('batchSize: 64', 'batchSize: many'))
    const { status, stderr } = await isograd(['run', 'depth.yaml'], { cwd: directory })
    expect(status).toBe(2)
    expect(readme).toContain(stderr.trim())
  })
})
