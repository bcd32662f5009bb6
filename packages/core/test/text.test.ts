/** Text from outside: what would steer the place where it is shown is written out, and what is no text is told of. */
import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { thrownText, utf8Text, visible } from '../src/text/index.js'

function read(...bytes: readonly number[]): string {
  return utf8Text(Uint8Array.from(bytes), (problem) => {
    throw new Error(problem)
  })
}

describe('utf8Text', () => {
  it('gives what was encoded, without a mark at the start', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(read(...new TextEncoder().encode(`\ufeff${text}`))).toBe(text.replace(/^\ufeff/, ''))
      }),
    )
  })

  test.each([
    [[0x61, 0xff, 0x62], 'got other bytes at offset 1 (0xff)'],
    [[0xc3, 0xa4, 0xc3], 'got other bytes at offset 2 (0xc3)'],
    [[0x61, 0xed, 0xa0, 0x80], 'got other bytes at offset 2 (0xa0)'],
    [[0xc0, 0x80], 'got other bytes at offset 0 (0xc0)'],
    [[0xff, 0xfe, 0x61, 0], 'got UTF-16'],
  ])('%j is refused', (bytes, message) => {
    expect(() => read(...bytes)).toThrow(message)
  })
})

describe('what is shown', () => {
  test.each([
    ['a\u001b[31m\n\tb', 'a\\u001b[31m\\n\\tb'],
    ['\u0085\u009b\u007f', '\\u0085\\u009b\\u007f'],
    ['\u202e\u2066\u2028', '\\u202e\\u2066\\u2028'],
    ['ä 𝄞 日本', 'ä 𝄞 日本'],
  ])('%j', (text, shown) => {
    expect(visible(text)).toBe(shown)
  })

  test.each([
    [new Error('a\nb'), 'a\\nb'],
    ['text', 'text'],
    [undefined, 'undefined'],
    [Object.create(null), 'a value of the type object'],
  ])('of what was thrown: %#', (thrown, shown) => {
    expect(thrownText(thrown)).toBe(shown)
  })
})
