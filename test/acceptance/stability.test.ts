/** The table of docs/stability.md has every entry of every package, and none that is not there; the tags of the entries agree. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const packages = new URL('../../packages/', import.meta.url)

interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, { readonly types?: string }>>
}

/** The rows of the table: an entry and its state. */
const states = new Map<string, string | undefined>(
  [
    ...readFileSync(new URL('../../docs/stability.md', import.meta.url), 'utf8').matchAll(
      /^\| `(\S+)` +\| `(\S+)` +\| (stable|experimental) +\|/gm,
    ),
  ].map(([, name, entry, state]) => [`${name} ${entry}`, state] as const),
)

/** The entries of all packages, with the types that their editors read. */
const entries = readdirSync(packages).flatMap((folder) => {
  const directory = new URL(`${folder}/`, packages)
  const { name, exports } = JSON.parse(readFileSync(new URL('package.json', directory), 'utf8')) as Manifest
  const modules = Object.entries(exports).filter(([entry]) => !/\.json$|\*$/.test(entry))
  return modules.map(([entry, { types = '' }]) => ({ id: `${name} ${entry}`, types: new URL(types, directory) }))
})

it('every entry of every package has its state', () => {
  expect([...states.keys()].toSorted()).toEqual(entries.map(({ id }) => id).toSorted())
})

it.each(entries)('$id bears the tag of its state', ({ id, types }) => {
  const [head = ''] = /^\/\*\*[^]*?\*\//.exec(readFileSync(types, 'utf8')) ?? []
  expect(head.includes('@experimental') ? 'experimental' : 'stable').toBe(states.get(id))
})
