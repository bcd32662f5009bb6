/** The rows of the documents' tables that begin with the name of a record. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { documents, linked } from './documents.mjs'
import { ROOT } from './places.mjs'

/** Share of the rows of a table that must be of records for it to be one of them: other tables name some in passing. */
const MOST = 0.6

/** Cells of a row. @param {string} line */
const cellsOf = (line) =>
  line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim())

/** Names in a first cell: `add`, `multiply`. @param {string} cell */
const namesIn = (cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name)

/** Text of a document as a page in a folder beside `docs` has it. @param {string} path @param {string} text */
const moved = (path, text) => linked(path, text).replaceAll('](#', `](../${path}#`).replaceAll('](./', '](../docs/')

/** The first heading of a document. @param {string} path */
export const titleOf = (path) => /^# (.*)$/m.exec(readFileSync(join(ROOT, path), 'utf8'))?.[1] ?? path

/**
 * The text on each record, a paragraph for each of its rows, and the documents that tell it.
 * @param {ReadonlySet<string>} names
 */
export function recordRows(names) {
  const told = new Map([...names].map((name) => [name, []]))
  const from = new Set()
  for (const path of documents.filter((each) => /^docs\/[^/]*\.md$/.test(each))) {
    for (const [lines] of readFileSync(join(ROOT, path), 'utf8').matchAll(/(?:^\|.*\|\n)+/gm)) {
      const [head = [], , ...rows] = lines.trimEnd().split('\n').map(cellsOf)
      const own = rows.filter(([first = '']) => namesIn(first).some((name) => names.has(name)))
      if (own.length < MOST * rows.length) continue
      from.add(path)
      for (const [first = '', ...cells] of own) {
        const items = cells.flatMap((cell, i) => (cell === '' ? [] : [`- **${head[i + 1]}**: ${moved(path, cell)}`]))
        // A word beside the name is a setting: `klDivergence`, `keras`.
        const setting = namesIn(first).filter((name) => !names.has(name))
        const row = [...setting.map((name) => `With \`${name}\`:\n`), ...items].join('\n')
        for (const name of namesIn(first)) told.get(name)?.push(row)
      }
    }
  }
  return { told, from: [...from] }
}
