/** The names that every entry of the package exports: a change of them is a change of the package's interface. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import manifest from '../package.json' with { type: 'json' }

const source = fileURLToPath(new URL('../src', import.meta.url))

/** The names at the root that one can keep an overview of. */
const MOST_AT_THE_ROOT = 80

/** A name as an entry lists it. */
interface Exported {
  readonly name: string
  /** Its name where it is declared. */
  readonly declared: string
  readonly isType: boolean
  /** The file it comes from. */
  readonly file: string
}

/** The names that a file hands on from others. */
function handedOn(file: string): Exported[] {
  const lists = readFileSync(file, 'utf8').matchAll(/^export (type )?\{([^}]*)\} from '([^']+)'/gm)
  return Array.from(lists).flatMap(([, type, list = '', from = '']) =>
    list
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '')
      .map((item) => {
        const [declared = '', name = declared] = item.replace(/^type /, '').split(' as ')
        const isType = type !== undefined || item.startsWith('type ')
        return { name, declared, isType, file: join(dirname(file), from.replace(/\.js$/, '.ts')) }
      }),
  )
}

/** The lines of a file up to the declaration of a name, followed through files that hand it on. */
function linesBefore({ file, declared }: Pick<Exported, 'file' | 'declared'>): string[] | undefined {
  const lines = readFileSync(file, 'utf8').split('\n')
  const declaration = new RegExp(
    `^export (?:abstract )?(?:async )?(?:function\\*?|class|const|interface|type|\\* as) ${declared}\\b`,
  )
  const at = lines.findIndex((line) => declaration.test(line))
  if (at >= 0) return lines.slice(0, at)
  const next = handedOn(file).find(({ name }) => name === declared)
  return next && linesBefore(next)
}

const entries = Object.entries(manifest.exports).flatMap(([entry, target]) => {
  if (typeof target === 'string') return []
  return [{ entry, file: join(source, target.default.replace('./dist/', '').replace(/\.js$/, '.ts')) }]
})

it('the entries are those of the package', () => {
  expect(entries.map(({ entry }) => entry)).toMatchInlineSnapshot(`
    [
      ".",
      "./backend",
      "./ir",
      "./data",
      "./compare",
      "./conformance",
      "./export",
      "./node",
      "./sweep",
      "./text",
    ]
  `)
})

it('the root can be kept an overview of', () => {
  expect(handedOn(join(source, 'index.ts')).length).toBeLessThanOrEqual(MOST_AT_THE_ROOT)
})

describe.each(entries)('$entry', ({ file }) => {
  const exported = handedOn(file)

  it('exports these names', () => {
    const listed = exported.map(({ name, isType }) => `${isType ? 'type ' : ''}${name}`)
    expect(listed.toSorted().join('\n')).toMatchSnapshot()
    expect(new Set(listed).size).toBe(listed.length)
  })

  it('lists each of them, and declares nothing itself', () => {
    const statements = readFileSync(file, 'utf8').match(/^export .*/gm) ?? []
    expect(statements.filter((line) => !/^export (type )?\{/.test(line))).toEqual([])
  })

  it('documents each of them directly above its declaration', () => {
    const bare = exported.filter((each) => !linesBefore(each)?.at(-1)?.trimEnd().endsWith('*/'))
    expect(bare.map(({ name }) => name)).toEqual([])
  })

  it('has the values that it lists when it is loaded', async () => {
    const module = (await import(/* @vite-ignore */ file)) as object
    const values = exported.filter(({ isType }) => !isType).map(({ name }) => name)
    expect(Object.keys(module).toSorted()).toEqual(values.toSorted())
  })
})
