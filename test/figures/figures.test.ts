/** The signs of one place for each kind of record stay where they are: limits on what the sources name and repeat. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

/** Sizes, which grow with what the project can do: the script prints them, no limit is held. */
const sizes = ['lines of source', 'characters of source']

test('every figure but the sizes is within its limit', () => {
  const script = fileURLToPath(new URL('figures.mjs', import.meta.url))
  const lines = execFileSync(process.execPath, [script, '--brief'], { encoding: 'utf8' }).trim().split('\n')
  const over = lines.filter((line) => line.endsWith('over') && !sizes.some((size) => line.startsWith(size)))
  expect(lines.length).toBeGreaterThan(sizes.length)
  expect(over).toEqual([])
})
