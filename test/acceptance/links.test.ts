/** Every relative link of every document that is committed leads to a file, and to a heading where it names one. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const documents = execFileSync('git', ['ls-files', '*.md'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  // The site's own page names pages that are made.
  .filter((path) => path !== '' && path !== 'site/home.md' && existsSync(join(root, path)))

/** The text of a document without its blocks of code. */
const textOf = (path: string): string => readFileSync(path, 'utf8').replaceAll(/^```.*?^```$/gms, '')

/** Anchors of the headings, as GitHub makes them: repeated ones are numbered. */
function anchorsOf(path: string): Set<string> {
  const seen = new Map<string, number>()
  const headings = [...textOf(path).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => {
    const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    const slug = plain.replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '').replaceAll(' ', '-')
    const times = seen.get(slug)
    seen.set(slug, times === undefined ? 1 : times + 1)
    return times === undefined ? slug : `${slug}-${times}`
  })
  return new Set(headings)
}

/** True of a link of a document that leads nowhere. */
function isBroken(from: string, link: string): boolean {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? join(root, from) : join(root, dirname(from), path)
  if (!existsSync(target)) return true
  return anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).has(anchor)
}

test.each(documents)('links of %s', (path) => {
  const text = textOf(join(root, path)).replaceAll(/`[^`\n]*`/g, '``')
  const links = [
    ...text.matchAll(/\]\((?![a-z]+:)([^)\s]+)\)/g),
    ...text.matchAll(/(?:src|srcset|href)="(?![a-z]+:)([^"]+)"/g),
  ].map(([, link = '']) => link)
  expect(links.filter((link) => isBroken(path, link))).toEqual([])
})
