/** The files of the page as they were built: how much is loaded at first, and that none comes from elsewhere. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

const directory = fileURLToPath(new URL('../dist/site/', import.meta.url))

function read(name: string): string {
  return readFileSync(directory + name, 'utf8')
}

/** A module with those that it imports before it runs. */
function withImports(name: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(name)) return found
  found.add(name)
  for (const [, imported = ''] of read(name).matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) withImports(imported, found)
  return found
}

function compressed(names: Iterable<string>): number {
  return [...names].reduce((sum, name) => sum + gzipSync(readFileSync(directory + name), { level: 9 }).length, 0)
}

test('the first load, without runtimes, is at most 150 KB compressed, and nothing of core', () => {
  const loaded = ['index.html', 'page.css', ...withImports('page.js')]
  expect(compressed(loaded)).toBeLessThan(16_000)
  // What every worker has beside its runtime comes when something is trained.
  expect(compressed([...withImports('worker.js')])).toBeLessThan(300_000)
})

test('the page names no address but its own, and the worker of the connection knows every file', () => {
  const html = read('index.html')
  expect([...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address)).toEqual([
    'data:,',
    'page.css',
    'page.js',
    '#runs',
  ])
  expect(html).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
  const files = readdirSync(directory).filter((name) => name !== 'sw.js')
  expect(files.filter((name) => !read('sw.js').includes(`"${name}"`))).toEqual([])
})
