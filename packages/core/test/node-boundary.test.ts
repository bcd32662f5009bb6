import { readdir, readFile } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const source = fileURLToPath(new URL('../src', import.meta.url))
const FORBIDDEN = /(?:from|import)\s*\(?\s*'(?:node:[^']*|[./]*\/node\/[^']*)'/g

test('core outside src/node imports nothing of Node, so that it runs in browsers', async () => {
  const paths = (await readdir(source, { recursive: true })).filter((path) => path.endsWith('.ts'))
  const outside = paths.filter((path) => !path.startsWith(`node${sep}`))
  expect(paths.length).toBeGreaterThan(outside.length)
  const found: string[] = []
  for (const path of outside) {
    const text = await readFile(join(source, path), 'utf8')
    found.push(...(text.match(FORBIDDEN) ?? []).map((line) => `${path}: ${line}`))
  }
  expect(found).toEqual([])
  // The rule itself: it would have found something in src/node.
  expect((await readFile(join(source, 'node', 'content.ts'), 'utf8')).match(FORBIDDEN)).not.toBeNull()
})
