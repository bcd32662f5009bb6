/** Patterns of names: what a regular expression says of them, in steps that do not grow with the number of `*`. */
import { assert, constantFrom, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isMatch } from '../src/pattern.js'

function byExpression(pattern: string, name: string): boolean {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's').test(name)
}

describe('isMatch', () => {
  it('says what a regular expression says', () => {
    const [pattern, name] = [
      string({ unit: constantFrom('a', 'b', '.', '*', '?') }),
      string({ unit: constantFrom('a', 'b', '.') }),
    ]
    assert(
      property(pattern, name, (glob, text) => isMatch(glob, text, '?') === byExpression(glob, text)),
      { numRuns: 2000 },
    )
  })

  it('takes a question mark as it stands unless told', () => {
    expect(isMatch('is?', 'isa')).toBe(false)
    expect(isMatch('is?*', 'is?ok')).toBe(true)
  })

  it('ends at once for many stars that match nothing', () => {
    const start = performance.now()
    expect(isMatch(`${'*a'.repeat(200)}x`, 'a'.repeat(2000))).toBe(false)
    expect(performance.now() - start).toBeLessThan(1000)
  })
})
