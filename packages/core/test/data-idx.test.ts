import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { idxDataset, type IdxFour, type NamedBytes, parseIdxImages, parseIdxLabels } from '../src/data/formats/idx.js'
import { InputError } from '../src/index.js'
import type { TensorOf } from '../src/tensor.js'

/** Big-endian words followed by bytes: an IDX file, well formed or not. */
function idx(words: readonly number[], data: readonly number[]): Uint8Array {
  return Uint8Array.from([...words.flatMap((w) => [w >>> 24, (w >>> 16) & 255, (w >>> 8) & 255, w & 255]), ...data])
}

function named(file: string, words: readonly number[], data: readonly number[]): NamedBytes {
  return { file, bytes: idx(words, data) }
}

const IMAGES = 0x803
const LABELS = 0x801

function four(changes: Partial<IdxFour<NamedBytes>> = {}): IdxFour<NamedBytes> {
  return {
    trainImages: named('train-images', [IMAGES, 3, 1, 2], [1, 2, 3, 4, 5, 6]),
    trainLabels: named('train-labels', [LABELS, 3], [5, 0, 4]),
    testImages: named('test-images', [IMAGES, 1, 1, 2], [7, 8]),
    testLabels: named('test-labels', [LABELS, 1], [9]),
    ...changes,
  }
}

function load(changes: Partial<IdxFour<NamedBytes>>): () => unknown {
  return () => idxDataset(four(changes), { name: 'tiny', origin: 'a test' })
}

/** Whether the tensor holds as many elements as its shape says, or an InputError was thrown. */
function consistentOrRefused(parse: () => TensorOf<'uint8'>): boolean {
  try {
    const { shape, data } = parse()
    return shape.reduce((product, dimension) => product * dimension, 1) === data.length
  } catch (error) {
    return error instanceof InputError
  }
}

describe('IDX files', () => {
  test('give their bytes and dimensions', () => {
    const set = idxDataset(four(), { name: 'tiny', origin: 'a test' })
    expect(set).toMatchObject({ name: 'tiny', origin: 'a test', target: 'label' })
    expect(set.fields).toEqual({
      image: { dtype: 'uint8', shape: [1, 2], encoding: { kind: 'numbers', scale: 1 / 255 } },
      label: { dtype: 'uint8', shape: [], encoding: { kind: 'category', count: 10 } },
    })
    expect(set.splits.train.columns['image']).toEqual({
      dtype: 'uint8',
      shape: [3, 1, 2],
      data: Uint8Array.of(1, 2, 3, 4, 5, 6),
    })
    expect(set.splits.train.columns['label']).toEqual({ dtype: 'uint8', shape: [3], data: Uint8Array.of(5, 0, 4) })
    expect(set.splits.test?.columns['image']).toEqual({ dtype: 'uint8', shape: [1, 1, 2], data: Uint8Array.of(7, 8) })
    expect(set.splits.test?.columns['label']?.data).toEqual(Uint8Array.of(9))
  })

  test('are read where they lie in a larger buffer', () => {
    const whole = idx([0xffffffff, LABELS, 2, 0xffffffff], [])
    const bytes = Uint8Array.from([...whole.subarray(0, 12), 3, 1, 0xff]).subarray(4, 14)
    expect(parseIdxLabels({ file: 'labels', bytes }).data).toEqual(Uint8Array.of(3, 1))
  })

  test('of any size come back as they were written', () => {
    const sides = fc.tuple(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 1, max: 3 }),
    )
    const content = sides.chain(([count, rows, columns]) => {
      const length = count * rows * columns
      return fc.record({
        shape: fc.constant([count, rows, columns]),
        data: fc.uint8Array({ minLength: length, maxLength: length }),
      })
    })
    fc.assert(
      fc.property(content, ({ shape, data }) => {
        expect(parseIdxImages(named('images', [IMAGES, ...shape], [...data]))).toEqual({ dtype: 'uint8', shape, data })
      }),
    )
  })

  test('never give a tensor whose shape and data disagree, whatever the bytes', () => {
    const magic = fc.constantFrom([0, 0, 8, 3], [0, 0, 8, 1], [0, 0, 8, 2], [0x1f, 0x8b, 8, 0])
    fc.assert(
      fc.property(magic, fc.uint8Array({ maxLength: 40 }), (start, rest) => {
        const source = { file: 'fuzz', bytes: Uint8Array.from([...start, ...rest]) }
        expect([parseIdxImages, parseIdxLabels].every((parse) => consistentOrRefused(() => parse(source)))).toBe(true)
      }),
    )
  })

  const bad: [string, NamedBytes, string][] = [
    [
      'shorter than their header',
      named('f', [IMAGES, 1], [0, 0]),
      '[core] f: truncated: expected a header of 16 bytes, got 10',
    ],
    ['empty', named('f', [], []), 'f: truncated: expected a header of 16 bytes, got 0'],
    [
      'truncated',
      named('f', [IMAGES, 2, 2, 2], [1, 2, 3, 4, 5]),
      'f: truncated: expected 24 bytes for the dimensions 2 x 2 x 2, got 21',
    ],
    [
      'too long',
      named('f', [IMAGES, 1, 1, 2], [1, 2, 3, 4]),
      'f: 2 trailing bytes: expected 18 bytes for the dimensions 1 x 1 x 2, got 20',
    ],
    [
      'labels',
      named('f', [LABELS, 8], [1, 2, 3, 4, 5, 6, 7, 8]),
      'expected the magic number 0x00000803 of images, got 0x00000801; are images and labels exchanged?',
    ],
    [
      'of another type',
      named('f', [0xd03, 1, 1, 1], [0, 0, 0, 0]),
      'expected the magic number 0x00000803 of images, got 0x00000d03; is this an IDX file?',
    ],
    ['compressed', named('f', [0x1f8b0800, 0, 0, 0], []), 'got 0x1f8b0800; the content is gzip: uncompress it first'],
    ['a web page', named('f', [0x3c68746d, 0, 0, 0], []), 'the content looks like an HTML page'],
    [
      'without images',
      named('f', [IMAGES, 0, 28, 28], []),
      'f: expected at least one element, got the dimensions 0 x 28 x 28',
    ],
    [
      'without pixels',
      named('f', [IMAGES, 2, 0, 28], []),
      'f: expected at least one element, got the dimensions 2 x 0 x 28',
    ],
    [
      'of absurd sides',
      named('f', [IMAGES, 1, 0xffffffff, 0xffffffff], [1]),
      'expected sides of at most 65535 pixels, got the dimensions 1 x 4294967295 x 4294967295: the header is damaged',
    ],
    [
      'of an absurd count',
      named('f', [IMAGES, 0xffffff, 28, 28], [1]),
      'f: truncated: expected 13153336576 bytes for the dimensions 16777215 x 28 x 28, got 17',
    ],
  ]
  test.each(bad)('that are %s are refused', (_, source, message) => {
    expect(() => parseIdxImages(source)).toThrow(InputError)
    expect(() => parseIdxImages(source)).toThrow(message)
  })

  test('with images where labels should be are refused', () => {
    const message = 'expected the magic number 0x00000801 of labels, got 0x00000803; are images and labels exchanged?'
    expect(() => parseIdxLabels(named('f', [IMAGES, 1, 1, 1], [1]))).toThrow(message)
  })

  test('with a label out of range are refused, naming the first', () => {
    expect(load({ trainLabels: named('train-labels', [LABELS, 3], [5, 10, 255]) })).toThrow(
      '[core] train-labels: label 1: expected 0 to 9, got 10',
    )
  })

  test('may have other than ten categories when told so', () => {
    const labels = named('letters', [LABELS, 2], [0, 25])
    expect(parseIdxLabels(labels, 26).data).toEqual(Uint8Array.of(0, 25))
    expect(() => parseIdxLabels(labels, 25)).toThrow('letters: label 1: expected 0 to 24, got 25')
  })

  test.each([0, 257, 2.5, Number.NaN])('cannot have %d categories', (categories) => {
    expect(() => idxDataset(four(), { name: 'tiny', origin: 'a test', categories })).toThrow(
      `[core] tiny: expected 1 to 256 categories, as labels are bytes, got ${categories}`,
    )
  })

  test('with unequal counts of images and labels are refused', () => {
    expect(load({ testLabels: named('test-labels', [LABELS, 2], [1, 2]) })).toThrow(
      '[core] test-labels: expected as many labels as test-images has images (1), got 2',
    )
  })

  test('with test images of another size are refused', () => {
    expect(load({ testImages: named('test-images', [IMAGES, 1, 2, 1], [1, 2]) })).toThrow(
      '[core] test-images: expected images of 1 x 2 as in train-images, got 2 x 1',
    )
  })
})
