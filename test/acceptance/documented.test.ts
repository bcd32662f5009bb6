/**
 * Every name that a module of a package exports has a comment. TypeDoc asks the same of the names of entries, but needs an
 * installation of its own for it (`npm run docs`); this reads the text alone.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const packages = fileURLToPath(new URL('../../packages', import.meta.url))

const DECLARATION =
  /^export (?:declare |abstract |async )*(?:const enum|const|let|function\*?|class|interface|type|enum) ([\w$]+)/

/** Texts of modules inside of a module are none of its own. */
function ownLines(path: string): string[] {
  return readFileSync(path, 'utf8')
    .replace(/^const \w+ = `\n[^`]*`/gm, '')
    .split('\n')
}

/** Exports of a module that no comment ends before; lines for the linter may stand between. */
function bare(path: string): string[] {
  const lines = ownLines(path).filter((line) => !/^\s*\/\//.test(line))
  return lines.flatMap((line, i) => {
    const [, name] = DECLARATION.exec(line) ?? []
    return name === undefined || lines[i - 1]?.trimEnd().endsWith('*/') === true ? [] : [`${path}: ${name}`]
  })
}

it('every export of every package has a comment', () => {
  const modules = readdirSync(packages).flatMap((folder) =>
    readdirSync(`${packages}/${folder}/src`, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${packages}/${folder}/src/${name}`),
  )
  expect(modules.length).toBeGreaterThan(500)
  expect(modules.flatMap(bare)).toEqual([])
})
