/** The additions of `docs/worked.md` fit the tree as it is; `npm run proof worked` tries them for real. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const page = readFileSync(`${root}/docs/worked.md`, 'utf8')
const additions = [...page.matchAll(/^## (.*)\n[^]*?^```diff\n([^]*?)^```$/gm)].map(([, ...each]) => each)

test('there are nine', () => {
  expect(additions).toHaveLength(9)
})

test.each(additions)('%s applies', (_, diff) => {
  const { stderr } = spawnSync('git', ['apply', '--check', '-'], { cwd: root, input: diff, encoding: 'utf8' })
  const cure =
    'lines beside it have changed: apply it with "patch -p1", mend it, and put "git diff -U1" into docs/worked.md'
  expect(stderr && `${stderr}${cure}`).toBe('')
})
