/** PNG files of every form as pixels and samples. Files come from an encoder, or are written chunk by chunk here. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import type { Picture } from '@isograd/core/data'
import { readPicture } from '@isograd/core/node'
import { encode } from 'fast-png'
import { describe, expect, it } from 'vitest'
import { pictureSample } from '../src/input/picture.js'
import type { ShownInput } from '../src/documents/predict-document.js'
import { drawing } from '../src/terminal/picture.js'
import { styleOf } from '../src/text/terminal-style.js'
import { temporaryDirectory } from './command.js'

const directory = temporaryDirectory()

function file(name: string, bytes: Uint8Array): string {
  const path = join(directory, name)
  writeFileSync(path, bytes)
  return path
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}

/** A PNG as its specification lays it out (ISO/IEC 15948); `lines` are filter byte and data of each line. */
function png(header: readonly number[], lines: readonly number[], extra: readonly Uint8Array[] = []): Uint8Array {
  const [width = 0, height = 0, depth = 0, colour = 0] = header
  const ihdr = Buffer.alloc(13)
  ihdr.writeUInt32BE(width)
  ihdr.writeUInt32BE(height, 4)
  ihdr.set([depth, colour, 0, 0, 0], 8)
  const signature = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10)
  const data = deflateSync(Uint8Array.from(lines))
  return Buffer.concat([signature, chunk('IHDR', ihdr), ...extra, chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))])
}

function red(values: Float32Array): number[] {
  return Array.from(values)
    .filter((_, i) => i % 3 === 0)
    .map((value) => Math.round(255 * value))
}

describe('readPicture', () => {
  it('reads 8 and 16 bits of grey', async () => {
    const eight = file('8.png', encode({ width: 2, height: 1, data: Uint8Array.of(0, 200), channels: 1 }))
    const sixteen = file(
      '16.png',
      encode({ width: 2, height: 1, data: Uint16Array.of(0, 65535), channels: 1, depth: 16 }),
    )
    expect(red((await readPicture(eight)).values)).toEqual([0, 200])
    expect(red((await readPicture(sixteen)).values)).toEqual([0, 255])
    expect(await readPicture(eight)).toMatchObject({ width: 2, height: 1, grey: true })
  })

  it('reads 1, 2 and 4 bits of grey, where a line ends within a byte', async () => {
    const one = file('1.png', png([3, 2, 1, 0], [0, 0b10100000, 0, 0b01000000]))
    const two = file('2.png', png([3, 1, 2, 0], [0, 0b00011011]))
    const four = file('4.png', png([3, 1, 4, 0], [0, 0x0f, 0x80]))
    expect(red((await readPicture(one)).values)).toEqual([255, 0, 255, 0, 255, 0])
    expect(red((await readPicture(two)).values)).toEqual([0, 85, 170])
    expect(red((await readPicture(four)).values)).toEqual([0, 255, 136])
  })

  it('reads palettes, and knows colours from grey', async () => {
    const palette = chunk('PLTE', Uint8Array.of(0, 0, 0, 255, 0, 0, 9, 9, 9))
    const coloured = await readPicture(file('p.png', png([2, 1, 8, 3], [0, 1, 2], [palette])))
    const plain = await readPicture(file('q.png', png([2, 1, 8, 3], [0, 0, 2], [palette])))
    expect(Array.from(coloured.values, (value) => Math.round(255 * value))).toEqual([255, 0, 0, 9, 9, 9])
    expect([coloured.grey, plain.grey]).toEqual([false, true])
  })

  it('shows the white of paper where a picture is transparent', async () => {
    const data = Uint8Array.of(0, 0, 0, 0, 200, 200, 200, 255, 0, 0, 0, 128)
    const { values, grey } = await readPicture(file('a.png', encode({ width: 3, height: 1, data, channels: 4 })))
    // alpha colour + (1 - alpha) white: 128 of 255 is half ink.
    expect([red(values), grey]).toEqual([[255, 200, 127], true])
    const greys = Uint8Array.of(0, 0, 0, 255, 100, 51)
    const two = await readPicture(file('ga.png', encode({ width: 3, height: 1, data: greys, channels: 2 })))
    expect(red(two.values)).toEqual([255, 0, 224])
    const deep = Uint16Array.of(0, 0, 0, 65_535)
    const sixteen = await readPicture(
      file('d.png', encode({ width: 2, height: 1, data: deep, channels: 2, depth: 16 })),
    )
    expect(red(sixteen.values)).toEqual([255, 0])
  })

  it('knows transparency from palettes, and from a colour that stands for it', async () => {
    const palette = chunk('PLTE', Uint8Array.of(0, 0, 0, 9, 9, 9))
    const alphas = chunk('tRNS', Uint8Array.of(0, 255))
    const indexed = await readPicture(file('pt.png', png([2, 1, 8, 3], [0, 0, 1], [palette, alphas])))
    expect(red(indexed.values)).toEqual([255, 9])
    const key = chunk('tRNS', Uint8Array.of(0, 7))
    const keyed = await readPicture(file('kt.png', png([3, 1, 8, 0], [0, 7, 0, 8], [key])))
    expect(red(keyed.values)).toEqual([255, 0, 8])
  })

  it.each<[string, Uint8Array, RegExp]>([
    ['text.png', Buffer.from('hello'), /expected a picture \(PNG, JPEG, WebP, BMP\), got something else/],
    [
      'jpeg.png',
      Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 0, 0, 0, 0),
      /expected PNG, as it is called \.png, got JPEG; rename it to \.jpg/,
    ],
    ['empty.png', new Uint8Array(), /expected a picture .*, got no bytes/],
    ['cut.png', png([2, 2, 8, 0], [0, 1, 2, 0, 3, 4]).subarray(0, 20), /a damaged PNG: the file is cut short/],
    ['half.png', png([2, 2, 8, 0], [0, 1, 2, 0, 3, 4]).subarray(0, 45), /a damaged PNG: .*[^:\s]$/],
    ['missing.png', png([2, 2, 8, 0], [0, 1, 2]), /a damaged PNG/],
    ['huge.png', png([100_000, 100_000, 8, 0], [0]), /expected at most 24000000 pixels, got 100000 x 100000/],
  ])('refuses %s', async (name, bytes, message) => {
    await expect(readPicture(file(name, bytes))).rejects.toThrow(message)
    await expect(readPicture(file(name, bytes))).rejects.toMatchObject({ name: 'InputError' })
  })

  it('refuses a picture with one bit changed', async () => {
    const bytes = Uint8Array.from(png([2, 2, 8, 0], [0, 1, 2, 0, 3, 4]))
    const at = bytes.length - 20
    bytes[at] = (bytes[at] ?? 0) ^ 4
    await expect(readPicture(file('bit.png', bytes))).rejects.toThrow(/a damaged PNG/)
  })

  it('refuses what is not there, and directories', async () => {
    await expect(readPicture(join(directory, 'none.png'))).rejects.toThrow(/does not exist/)
    await expect(readPicture(directory)).rejects.toThrow(/got a directory/)
  })
})

function picture(width: number, height: number, data: readonly number[], channels = 1): Promise<Picture> {
  return readPicture(file('sample.png', encode({ width, height, data: Uint8Array.from(data), channels })))
}

describe('pictureSample', () => {
  it('leaves a grey picture of the right size as it is', async () => {
    const { sample, notes } = pictureSample(await picture(2, 3, [0, 1, 2, 3, 4, 5]), [3, 2], false)
    expect([...sample.data]).toEqual([0, 1, 2, 3, 4, 5])
    expect([sample.shape, notes]).toEqual([[1, 3, 2], []])
  })

  it('scales down by means of areas, also where pixels are cut', async () => {
    const even = pictureSample(await picture(4, 2, [0, 100, 20, 40, 0, 100, 20, 40]), [1, 2], false)
    expect([...even.sample.data]).toEqual([50, 30])
    expect(even.notes).toEqual(['it is 4 x 2, scaled to 2 x 1'])
    // Three pixels onto two: 90 and half of 30 by 1 to 1/2, then half of 30 and 60.
    const cut = pictureSample(await picture(3, 1, [90, 30, 60]), [1, 2], false)
    expect([...cut.sample.data]).toEqual([Math.round((90 + 15) / 1.5), Math.round((15 + 60) / 1.5)])
    expect(cut.notes[0]).toContain('which changes its proportions')
  })

  it('scales up by repeating', async () => {
    const { sample } = pictureSample(await picture(2, 1, [10, 200]), [2, 4], false)
    expect([...sample.data]).toEqual([10, 10, 200, 200, 10, 10, 200, 200])
  })

  it('turns colours into grey by their brightness, and says so', async () => {
    const { sample, notes } = pictureSample(await picture(3, 1, [255, 0, 0, 0, 255, 0, 0, 0, 255], 3), [1, 3], false)
    expect([...sample.data]).toEqual([76, 150, 29])
    expect(notes).toEqual(['it has colours, and was turned into grey'])
  })

  it('keeps colours as planes for models that take them', async () => {
    const { sample, notes } = pictureSample(await picture(2, 1, [1, 2, 3, 4, 5, 6], 3), [3, 1, 2], false)
    expect([...sample.data]).toEqual([1, 4, 2, 5, 3, 6])
    expect(notes).toEqual([])
  })

  it('inverts when asked, and suggests it for a bright ground', async () => {
    const bright = await picture(3, 3, [250, 250, 250, 250, 0, 250, 250, 250, 250])
    expect(pictureSample(bright, [3, 3], false).notes[0]).toMatch(/its ground is bright.*--invert/)
    const { sample, notes } = pictureSample(bright, [3, 3], true)
    expect([...sample.data]).toEqual([5, 5, 5, 5, 255, 5, 5, 5, 5])
    expect(notes).toEqual(['its brightness was inverted'])
  })

  it('refuses models that take no pictures', async () => {
    expect(() => pictureSampleOf([4])).toThrow(/the model takes \[4\], not pictures/)
  })
})

function pictureSampleOf(shape: readonly number[]): unknown {
  return pictureSample({ width: 1, height: 1, grey: true, values: new Float32Array(3) }, shape, false)
}

function inputOf(values: readonly number[], shape: readonly number[]): ShownInput {
  return { name: 'image', field: { dtype: 'uint8', shape, encoding: { kind: 'numbers' } }, values }
}

describe('drawing', () => {
  const unicode = styleOf({}, { LANG: 'C.UTF-8', NO_COLOR: '1' })
  const ascii = styleOf({}, {}, true)

  it('puts two pixels in a character', () => {
    const bytes = [255, 0, 255, 0, 0, 255, 255, 0]
    expect(drawing(unicode, inputOf(bytes, [2, 4]))).toEqual({ width: 4, lines: ['▀▄█ '] })
  })

  it('draws shades in ASCII, and an odd last line', () => {
    expect(drawing(ascii, inputOf([255, 0, 128, 255, 0, 128, 255, 255, 0], [3, 3]))).toEqual({
      width: 3,
      lines: ['@ +', '++ '],
    })
  })

  it('draws shades of grey where there are colours', () => {
    const style = styleOf({ isTTY: true }, { LANG: 'C.UTF-8', TERM: 'xterm-256color' })
    expect(drawing(style, inputOf([255, 0], [2, 1])).lines).toEqual(['\u001b[38;5;255;48;5;232m▀\u001b[0m'])
  })

  it('draws nothing that is no picture', () => {
    expect(drawing(unicode, inputOf([1, 2, 3], [3]))).toEqual({ width: 0, lines: [] })
  })
})
