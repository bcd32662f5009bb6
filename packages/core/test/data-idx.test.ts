/** Files of the IDX format: all its types and ranks, what is made of them, and what is refused. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { idxDataset, type IdxDescription, type IdxFour } from '../src/data/formats/idx-dataset.js'
import { type NamedBytes, parseIdx } from '../src/data/formats/idx.js'
import { InputError } from '../src/index.js'
import { elementCount } from '../src/tensor.js'

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
    trainLabels: named('train-labels', [LABELS, 3], [5, 0, 9]),
    testImages: named('test-images', [IMAGES, 1, 1, 2], [7, 8]),
    testLabels: named('test-labels', [LABELS, 1], [4]),
    ...changes,
  }
}

function make(changes: Partial<IdxFour<NamedBytes>>, about: Partial<IdxDescription> = {}) {
  const { trainImages, trainLabels, testImages, testLabels } = four(changes)
  const tables = {
    train: { inputs: trainImages, labels: trainLabels },
    test: { inputs: testImages, labels: testLabels },
  }
  return idxDataset(tables, { name: 'tiny', origin: 'a test', ...about })
}

/** The encoding of the labels of a set with these in training. */
function categoriesOf(labels: readonly number[]) {
  const set = make({ trainLabels: named('l', [LABELS, 3], labels), testLabels: named('l', [LABELS, 1], [1]) })
  return set.fields['label']?.encoding
}

/** Whether the tensor holds as many elements as its shape says, or an InputError was thrown. */
function consistentOrRefused(source: NamedBytes): boolean {
  try {
    const { shape, data } = parseIdx(source)
    return elementCount(shape) === data.length
  } catch (error) {
    return error instanceof InputError
  }
}

const writers = {
  8: (view: DataView, at: number, value: number) => view.setUint8(at, value),
  9: (view: DataView, at: number, value: number) => view.setInt8(at, value),
  11: (view: DataView, at: number, value: number) => view.setInt16(at, value),
  12: (view: DataView, at: number, value: number) => view.setInt32(at, value),
  13: (view: DataView, at: number, value: number) => view.setFloat32(at, value),
  14: (view: DataView, at: number, value: number) => view.setFloat64(at, value),
} as const

/** A file of a type, of numbers with their places one after the other. */
function ofType(type: keyof typeof writers, bytesEach: number, shape: readonly number[], values: readonly number[]) {
  const bytes = new Uint8Array(bytesEach * values.length)
  const view = new DataView(bytes.buffer)
  for (const [i, value] of values.entries()) writers[type](view, i * bytesEach, value)
  return named('f', [(type << 8) | shape.length, ...shape], [...bytes])
}

describe('IDX files', () => {
  test('make a data set with their bytes and dimensions', () => {
    const set = make({})
    expect(set).toMatchObject({ name: 'tiny', origin: 'a test', target: 'label' })
    expect(set.fields).toEqual({
      image: { dtype: 'uint8', shape: [1, 2], encoding: { kind: 'numbers', scale: 1 / 255 } },
      label: { dtype: 'uint8', shape: [], encoding: { kind: 'category', count: 10, isLeast: true } },
    })
    expect(set.splits.train.columns['image']).toEqual({
      dtype: 'uint8',
      shape: [3, 1, 2],
      data: Uint8Array.of(1, 2, 3, 4, 5, 6),
    })
    expect(set.splits.train.columns['label']).toEqual({ dtype: 'uint8', shape: [3], data: Uint8Array.of(5, 0, 9) })
    expect(set.splits.test?.columns['image']).toEqual({ dtype: 'uint8', shape: [1, 1, 2], data: Uint8Array.of(7, 8) })
    expect(set.splits.test?.columns['label']?.data).toEqual(Uint8Array.of(4))
  })

  test.each([
    ['uint8', 8, 1, [0, 1, 254, 255]],
    ['int32', 9, 1, [-128, -1, 0, 127]],
    ['int32', 11, 2, [-32_768, -2, 258, 32_767]],
    ['int32', 12, 4, [-2_147_483_648, -2, 66_051, 2_147_483_647]],
    ['float32', 13, 4, [-0.5, Math.fround(0.1), Number.POSITIVE_INFINITY, 2 ** -149]],
    ['float64', 14, 8, [-0.5, 0.1, Number.NEGATIVE_INFINITY, 5e-324]],
  ] as const)('give %s for the type %d', (dtype, type, bytesEach, values) => {
    const { data, ...column } = parseIdx(ofType(type, bytesEach, [2, 2], values))
    expect({ ...column, data: Array.from(data) }).toEqual({ dtype, shape: [2, 2], data: values })
  })

  test('are read where they lie in a larger buffer', () => {
    const whole = idx([0xffffffff, LABELS, 2, 0xffffffff], [])
    const bytes = Uint8Array.from([...whole.subarray(0, 12), 3, 1, 0xff]).subarray(4, 14)
    expect(parseIdx({ file: 'labels', bytes }).data).toEqual(Uint8Array.of(3, 1))
  })

  test('of any rank and size come back as they were written', () => {
    const shapes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 5 })
    const content = shapes.chain((shape) => {
      const length = elementCount(shape)
      return fc.record({ shape: fc.constant(shape), data: fc.uint8Array({ minLength: length, maxLength: length }) })
    })
    fc.assert(
      fc.property(content, ({ shape, data }) => {
        const source = named('f', [0x800 | shape.length, ...shape], [...data])
        expect(parseIdx(source)).toEqual({ dtype: 'uint8', shape, data })
      }),
    )
  })

  test('never give a tensor whose shape and data disagree, whatever the bytes', () => {
    const magic = fc.constantFrom([0, 0, 8, 3], [0, 0, 13, 1], [0, 0, 14, 2], [0x1f, 0x8b, 8, 0], [0, 0, 9, 0])
    fc.assert(
      fc.property(magic, fc.uint8Array({ maxLength: 40 }), (start, rest) => {
        expect(consistentOrRefused({ file: 'fuzz', bytes: Uint8Array.from([...start, ...rest]) })).toBe(true)
      }),
    )
  })

  const bad: [string, NamedBytes, string][] = [
    [
      'shorter than their header',
      named('f', [IMAGES, 1], [0, 0]),
      '[core] f: truncated: expected a header of 16 bytes, got 10',
    ],
    ['empty', named('f', [], []), 'f: truncated: expected a magic number of 4 bytes, got 0'],
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
      'of a type that there is none of',
      named('f', [0xa03, 1, 1, 1], [0, 0, 0, 0]),
      'f: expected a type of the format (0x08 unsigned byte, 0x09 signed byte, 0x0b int16, 0x0c int32, 0x0d float32, ' +
        '0x0e float64), got 0x0a',
    ],
    ['without dimensions', named('f', [0x800], [7]), 'f: expected at least one dimension, got none'],
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
      'f: truncated: expected 18446744065119617000 bytes for the dimensions 1 x 4294967295 x 4294967295, got 17',
    ],
    [
      'of an absurd count',
      named('f', [IMAGES, 0xffffff, 28, 28], [1]),
      'f: truncated: expected 13153336576 bytes for the dimensions 16777215 x 28 x 28, got 17',
    ],
  ]
  test.each(bad)('that are %s are refused', (_, source, message) => {
    expect(() => parseIdx(source)).toThrow(InputError)
    expect(() => parseIdx(source)).toThrow(message)
  })
})

describe('a data set of IDX files', () => {
  test('has as many categories as its training labels say, from 0 to the largest', () => {
    expect(categoriesOf([0, 1, 0])).toEqual({ kind: 'category', count: 2, isLeast: true })
    // Labels that begin at 1, as those of EMNIST's letters, and one that is left out.
    expect(categoriesOf([1, 26, 4])).toEqual({ kind: 'category', count: 27, isLeast: true })
  })

  test('has the names that it is given', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']
    expect(make({}, { names }).fields['label']?.encoding).toEqual({ kind: 'category', count: 10, names })
    expect(() => make({}, { names: ['a', 'b'], categories: 10 })).toThrow(
      'tiny: expected 10 names of categories, got 2',
    )
  })

  test('refuses labels beyond the categories it is told, naming the first', () => {
    const trainLabels = named('train-labels', [LABELS, 3], [5, 10, 255])
    expect(() => make({ trainLabels }, { categories: 10 })).toThrow(
      '[core] train-labels: label 1: expected 0 to 9, got 10',
    )
    expect(() => make({}, { categories: 4 })).toThrow('train-labels: label 0: expected 0 to 3, got 5')
  })

  test('refuses a test label that training has none of, with the cure', () => {
    expect(() => make({ testLabels: named('test-labels', [LABELS, 1], [11]) })).toThrow(
      '[core] test-labels: label 0: expected 0 to 9, got 11; train-labels has no more; if more are meant, say it in ' +
        'data.options.categories',
    )
  })

  test('refuses labels below 0', () => {
    const labels = ofType(9, 1, [3], [0, -1, 2])
    expect(() => make({ trainLabels: labels, testLabels: ofType(9, 1, [1], [0]) })).toThrow(
      'f: label 1: expected 0 to 2, got -1',
    )
  })

  test.each([0, 65_537, 2.5, Number.NaN])('cannot have %d categories', (categories) => {
    expect(() => make({}, { categories })).toThrow(`[core] tiny: expected 1 to 65536 categories, got ${categories}`)
  })

  test('takes floats as they stand, and float labels as numbers to tell', () => {
    const set = make({
      trainImages: ofType(13, 4, [2, 1, 2], [0.5, 1, 2, 4]),
      trainLabels: ofType(14, 8, [2, 1], [0.25, -3]),
      testImages: ofType(13, 4, [1, 1, 2], [0.5, 1]),
      testLabels: ofType(14, 8, [1, 1], [7]),
    })
    expect(set.fields).toEqual({
      image: { dtype: 'float32', shape: [1, 2], encoding: { kind: 'numbers' } },
      label: { dtype: 'float64', shape: [1], encoding: { kind: 'numbers' } },
    })
    expect(set.splits.train.columns['label']?.data).toEqual(Float64Array.of(0.25, -3))
  })

  test('exchanges the last two axes where it is told', () => {
    const trainImages = named('i', [IMAGES, 2, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    const set = make(
      {
        trainImages,
        trainLabels: named('l', [LABELS, 2], [0, 1]),
        testImages: named('i', [IMAGES, 1, 2, 3], [0, 0, 0, 0, 0, 9]),
        testLabels: named('l', [LABELS, 1], [0]),
      },
      { transpose: true },
    )
    expect(set.fields['image']?.shape).toEqual([3, 2])
    expect(set.splits.train.columns['image']).toEqual({
      dtype: 'uint8',
      shape: [2, 3, 2],
      data: Uint8Array.of(1, 4, 2, 5, 3, 6, 7, 10, 8, 11, 9, 12),
    })
  })

  test('takes the column of labels that it is told, as QMNIST has eight', () => {
    const labels = {
      trainLabels: ofType(12, 4, [3, 2], [4, 70, 2, 71, 1, 72]),
      testLabels: ofType(12, 4, [1, 2], [3, 70]),
    }
    expect(make(labels).splits.train.columns['label']?.data).toEqual(Int32Array.of(4, 2, 1))
    expect(make(labels, { labelColumn: 1 }).splits.train.columns['label']?.data).toEqual(Int32Array.of(70, 71, 72))
    expect(() => make(labels, { labelColumn: 2 })).toThrow(
      'labelColumn: expected 0 to 1, as a sample has 2 labels, got 2',
    )
  })

  test('refuses inputs where labels should be', () => {
    const message = 'train-images: expected labels of one or two dimensions, got 3; are inputs and labels exchanged?'
    const { trainImages, trainLabels } = four()
    expect(() => make({ trainImages: trainLabels, trainLabels: trainImages })).toThrow(message)
  })

  test('refuses unequal counts of inputs and labels', () => {
    expect(() => make({ testLabels: named('test-labels', [LABELS, 2], [1, 2]) })).toThrow(
      '[core] test-labels: expected 1 labels, one for each sample of test-images, got 2',
    )
  })

  test('refuses test inputs of another size, or labels of another type', () => {
    expect(() => make({ testImages: named('test-images', [IMAGES, 1, 2, 1], [1, 2]) })).toThrow(
      '[core] test-images: expected inputs of uint8[1,2] as in train-images, got uint8[2,1]',
    )
    expect(() => make({ testLabels: ofType(13, 4, [1], [1]) })).toThrow(
      'f: expected labels of uint8[] as in train-labels',
    )
  })
})
