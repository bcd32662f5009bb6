/** The content of an address: it comes back as it was, and nothing else is taken for it. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type BackendName, backends } from '../src/backends.js'
import { decodeShared, encodeShared, MOST_TEXT } from '../src/share.js'

const name = fc.constantFrom(...(Object.keys(backends) as BackendName[]))
// What a text area holds may have half a character, which no encoding of text keeps.
const shared = fc.record({ text: fc.string({ unit: 'binary', maxLength: 3000 }), backends: fc.tuple(name, name) })

describe('an address', () => {
  test('gives back what it was made of, in characters that no address changes', async () => {
    await fc.assert(
      fc.asyncProperty(shared, async (each) => {
        const fragment = await encodeShared(each)
        expect(fragment).toMatch(/^1\.[\w-]+$/)
        expect(await decodeShared(fragment)).toEqual(each)
      }),
    )
  })

  test('that nobody has made is refused with an error, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.base64String().map((text) => `1.${text}`),
        ),
        async (fragment) => {
          await expect(decodeShared(fragment)).rejects.toThrow(Error)
        },
      ),
    )
  })

  test.each(['null', '5', '{}', '[]'])('of %s is refused in words', async (json) => {
    const stream = new Blob([json]).stream().pipeThrough(new CompressionStream('deflate-raw'))
    const fragment = `1.${Buffer.from(await new Response(stream).arrayBuffer()).toString('base64url')}`
    await expect(decodeShared(fragment)).rejects.toThrow('expected one experiment')
  })

  test('holds no more than it may', async () => {
    const most = { text: ' '.repeat(MOST_TEXT), backends: ['wasm', 'reference'] } as const
    expect(await decodeShared(await encodeShared(most))).toEqual(most)
    const more = await encodeShared({ ...most, text: `${most.text} ` })
    await expect(decodeShared(more)).rejects.toThrow('expected one experiment')
    const random = Array.from({ length: 90_000 }, (_, i) => String.fromCharCode(33 + ((i * i * 7919) % 90))).join('')
    const noise = Array.from(random, (character, i) => character + ((i * 48_271) % 65_537))
      .join('')
      .slice(0, MOST_TEXT)
    await expect(encodeShared({ ...most, text: noise })).rejects.toThrow(RangeError)
  })
})
