/** Pages of the site that are made of definitions, and links of documents that lead out of it. */
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'

const generators = fileURLToPath(new URL('../../site/generate', import.meta.url))
const load = (name: string): Promise<unknown> => import(pathToFileURL(join(generators, name)).href)

test('a page of records says of each what it is, as the documents have it in their tables', async () => {
  const { referencePages } = (await load('experiment-file.mjs')) as {
    referencePages: () => Readonly<Record<string, string>>
  }
  const { 'reference/index.md': _, ...pages } = referencePages()
  const sections = Object.entries(pages).flatMap(([path, text]) =>
    text
      .split(/^## /m)
      .slice(1)
      .map((section) => ({ path, name: section.split('\n')[0], section })),
  )
  expect(sections.length).toBeGreaterThan(100)
  expect(
    sections.filter(({ section }) => !/^- \*\*/m.test(section)).map(({ path, name }) => `${path} ${name}`),
  ).toEqual([])
  const huber = sections.find(({ name }) => name === 'huber')?.section
  expect(huber).toContain('- **of a row**: d² / 2 up to abs(d) = delta, then delta (abs(d) - delta / 2)\n')
  expect(pages['reference/losses.md']).toContain('[Losses](../docs/losses.md)')
})

test('a link to what the site does not have leads to the file, or to the folder', async () => {
  const { linked } = (await load('documents.mjs')) as { linked: (from: string, text: string) => string }
  const text = '[a](../examples/plain-js-adapter/src) [b](../package.json)'
  const address = 'https://github.com/isograd/isograd'
  expect(linked('docs/findings.md', text)).toBe(
    `[a](${address}/tree/main/examples/plain-js-adapter/src) [b](${address}/blob/main/package.json)`,
  )
})
