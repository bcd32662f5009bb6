/** What the package says of itself. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { backendDescriptions, defaultBackends, registry } from '../src/backends/registry.js'
import { exitStatus } from '../src/exit-status.js'
import { version } from '../src/version.js'
import { fixture } from './command.js'

describe('the package', () => {
  it('knows its version', () => {
    const manifest = JSON.parse(readFileSync(fixture('../../package.json'), 'utf8')) as { readonly version: string }
    expect(version).toBe(manifest.version)
  })

  it('describes every backend that it knows', () => {
    expect(Object.keys(backendDescriptions)).toEqual(Object.keys(registry))
    expect(defaultBackends.filter((name) => !(name in registry))).toEqual([])
  })

  it('documents every exit status', () => {
    const readme = readFileSync(fixture('../../README.md'), 'utf8')
    expect(Object.values(exitStatus).filter((status) => !readme.includes(`| ${status} `))).toEqual([])
  })
})
