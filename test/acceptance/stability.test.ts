/** The table of docs/stability.md has every entry of every package, and none that is not there. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const packages = new URL('../../packages/', import.meta.url)

interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, unknown>>
}

it('every entry of every package has its state', () => {
  const entries = readdirSync(packages).flatMap((folder) => {
    const manifest = JSON.parse(readFileSync(new URL(`${folder}/package.json`, packages), 'utf8')) as Manifest
    const modules = Object.keys(manifest.exports).filter((entry) => !/\.json$|\*$/.test(entry))
    return modules.map((entry) => `${manifest.name} ${entry}`)
  })
  const text = readFileSync(new URL('../../docs/stability.md', import.meta.url), 'utf8')
  const rows = [...text.matchAll(/^\| `(\S+)` +\| `(\S+)` +\| (?:stable|experimental) +\|/gm)]
  expect(rows.map(([, name, entry]) => `${name} ${entry}`).toSorted()).toEqual(entries.toSorted())
})
