/** Picture files against the values that Pillow reads from them, and folders of them as data of the user's own. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { encode } from 'fast-png'
import { describe, expect, test } from 'vitest'
import { optionalPackage } from '../src/data/optional-package.js'
import { decodePicture } from '../src/data/pictures/index.js'
import { WHITE } from '../src/data/pictures/picture.js'
import type { Dataset } from '../src/data/dataset.js'
import { InputError } from '../src/errors.js'
import { loadDataset } from '../src/node/load-dataset.js'
import vectors from './vectors/pictures.json' with { type: 'json' }
import { temporaryDirectory } from './idx-files.js'

const kinds = vectors.files.map(({ file, bytes, ...rest }) => ({ file, bytes: Buffer.from(bytes, 'base64'), ...rest }))

function fileOf(name: string): Buffer {
  const found = kinds.find(({ file }) => file === name)
  if (found === undefined) throw new Error(`no vector ${name}`)
  return found.bytes
}

test.each(kinds)('$file has the values that Pillow reads', async ({ file, bytes, channels, values }) => {
  for (const ground of [WHITE, [0, 0.5, 1]] as const) {
    // oxlint-disable-next-line no-await-in-loop -- two of them
    const picture = await decodePicture(file, bytes, ground)
    expect([picture.width, picture.height]).toEqual([vectors.width, vectors.height])
    const expected = Array.from({ length: vectors.width * vectors.height }, (_, i) => {
      const alpha = channels === 4 ? Number(values[4 * i + 3]) / 255 : 1
      return ground.map((part, c) => (alpha * Number(values[channels * i + c])) / 255 + (1 - alpha) * part)
    }).flat()
    const worst = Math.max(...expected.map((value, i) => Math.abs(value - Number(picture.values[i]))))
    expect(worst).toBeLessThan(1e-7)
  }
})

test('colours are told from shades of grey', async () => {
  const grey = await Promise.all(kinds.map(({ file, bytes }) => decodePicture(file, bytes, WHITE)))
  const names = kinds.filter((_, i) => grey[i]?.grey).map(({ file }) => file)
  expect(names).toEqual(['grey.jpeg', 'grey.bmp', 'bits.bmp'])
})

test.each([
  ['cut.jpeg', fileOf('colours.jpeg').subarray(0, 300), /cut\.jpeg: a damaged JPEG: /],
  ['cut.webp', fileOf('colours.webp').subarray(0, 40), /cut\.webp: a damaged WebP: /],
  ['cut.bmp', fileOf('colours.bmp').subarray(0, 100), /cut\.bmp: a damaged BMP: /],
  ['head.bmp', fileOf('colours.bmp').subarray(0, 20), /head\.bmp: a damaged BMP: the file is cut short/],
  ['cut.png', fileOf('transparent.png').subarray(0, 60), /cut\.png: a damaged PNG: /],
  [
    'photo.png',
    fileOf('colours.jpeg'),
    /photo\.png: expected PNG, as it is called \.png, got JPEG; rename it to \.jpg/,
  ],
  ['a.gif', Buffer.from('GIF89a'), /a\.gif: expected a picture \(PNG, JPEG, WebP, BMP\), got something else/],
])('%s is refused', async (name, bytes, message) => {
  await expect(decodePicture(name, bytes, WHITE)).rejects.toThrow(InputError)
  await expect(decodePicture(name, bytes, WHITE)).rejects.toThrow(message)
})

test('a package that is not there is named, with the cure', async () => {
  await expect(optionalPackage('no-such-package', 'reading films')).rejects.toThrow(
    'reading films needs the package "no-such-package", which cannot be loaded; install it with: npm install no-such-package',
  )
})

/** A PNG of 2 x 2 of one shade, or of one colour. */
function png(...colour: readonly number[]): Uint8Array {
  const data = Uint8Array.from({ length: 4 * colour.length }, (_, i) => Number(colour[i % colour.length]))
  return encode({ width: 2, height: 2, data, channels: colour.length })
}

const pets = { 'cats/1.png': png(10), 'cats/2.png': png(20), 'dogs/1.png': png(200), 'dogs/2.png': png(210) }

async function folder(files: Readonly<Record<string, Uint8Array | undefined>>): Promise<string> {
  const directory = await temporaryDirectory()
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true })
    if (content !== undefined) await writeFile(join(directory, name), content)
  }
  return directory
}

async function load(files: Readonly<Record<string, Uint8Array | undefined>>, options = {}): Promise<Dataset> {
  return loadDataset('files', { files: { path: await folder(files), options } })
}

function valuesOf({ splits }: Dataset, field: string, split: 'train' | 'test' = 'train'): number[] {
  return Array.from(splits[split]?.columns[field]?.data ?? [])
}

describe('folders of pictures', () => {
  test('are categories by their names, bytes of brightness where all are grey', async () => {
    const dataset = await load({ ...pets, '.DS_Store': Buffer.from('x'), 'cats/Thumbs.db': Buffer.from('x') })
    expect(dataset.target).toBe('label')
    expect(dataset.fields).toMatchObject({
      image: { dtype: 'uint8', shape: [2, 2], encoding: { kind: 'numbers', scale: 1 / 255 } },
      label: { dtype: 'uint8', shape: [], encoding: { kind: 'category', count: 2, names: ['cats', 'dogs'] } },
    })
    expect(valuesOf(dataset, 'image')).toEqual([10, 20, 200, 210].flatMap((value) => [value, value, value, value]))
    expect(valuesOf(dataset, 'label')).toEqual([0, 0, 1, 1])
    expect(dataset.splits.test).toBeUndefined()
  })

  test('have planes of colour where one has colours, or as told', async () => {
    const coloured = await load({ ...pets, 'dogs/3.png': png(1, 2, 3) })
    expect(coloured.fields['image']?.shape).toEqual([3, 2, 2])
    expect(valuesOf(coloured, 'image').slice(0, 12)).toEqual(Array.from({ length: 12 }, () => 10))
    expect(valuesOf(coloured, 'image').slice(-12)).toEqual([1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3])
    const told = await load({ ...pets, 'dogs/3.png': png(255, 0, 0) }, { colours: false })
    expect(told.fields['image']?.shape).toEqual([2, 2])
    expect(valuesOf(told, 'image').slice(-4)).toEqual([76, 76, 76, 76])
    expect((await load(pets, { colours: true })).fields['image']?.shape).toEqual([3, 2, 2])
  })

  test('are composed on a ground: white, or as told', async () => {
    const files = { ...pets, 'dogs/3.png': png(0, 128) }
    expect(valuesOf(await load(files), 'image').at(-1)).toBe(127)
    expect(valuesOf(await load(files, { background: 'black' }), 'image').at(-1)).toBe(0)
    const red = await load(files, { background: '#ff0000' })
    expect(valuesOf(red, 'image').slice(-12)).toEqual([127, 127, 127, 127, 0, 0, 0, 0, 0, 0, 0, 0])
  })

  test('are of no category where they lie alone, as those to predict do', async () => {
    const dataset = await load({ '1.png': png(10), '2.png': png(20) })
    expect([dataset.target, Object.keys(dataset.fields)]).toEqual([undefined, ['image']])
    expect(valuesOf(dataset, 'image')).toEqual([10, 10, 10, 10, 20, 20, 20, 20])
  })

  test('are split by folders above them', async () => {
    const split = Object.entries(pets).map(([name, bytes]) => [`train/${name}`, bytes] as const)
    const dataset = await load({ ...Object.fromEntries(split), 'test/dogs/9.png': png(7), 'val/cats/8.png': png(6) })
    expect([dataset.splits.train.count, dataset.splits.test?.count, dataset.splits.validation?.count]).toEqual([
      4, 1, 1,
    ])
    expect([valuesOf(dataset, 'label', 'test'), valuesOf(dataset, 'image', 'test')]).toEqual([[1], [7, 7, 7, 7]])
  })

  test('of several sizes are made alike where that is told, and not without', async () => {
    const large = encode({ width: 4, height: 2, data: Uint8Array.of(0, 100, 20, 40, 0, 100, 20, 40), channels: 1 })
    const files = { ...pets, 'dogs/3.png': large }
    await expect(load(files)).rejects.toThrow(
      /dogs.3\.png: expected 2 x 2 pixels as .*cats.1\.png, got 4 x 2; data\.options\.size makes them alike/,
    )
    const alike = await load(files, { size: [1, 2] })
    expect(alike.fields['image']?.shape).toEqual([1, 2])
    expect(valuesOf(alike, 'image').slice(-2)).toEqual([50, 30])
    expect((await load(files, { size: 3 })).fields['image']?.shape).toEqual([3, 3])
  })

  test('take every kind of picture', async () => {
    const files = kinds.map(({ file, bytes }, i) => [`${i % 2 === 0 ? 'a' : 'b'}/${file}`, bytes] as const)
    const { fields, splits } = await load(Object.fromEntries(files))
    expect([splits.train.count, fields['image']?.shape]).toEqual([10, [3, 12, 10]])
  })

  test.each<[string, Readonly<Record<string, Uint8Array | undefined>>, RegExp]>([
    [
      'a folder with one picture',
      { ...pets, 'birds/1.png': png(3) },
      /birds: expected at least two pictures of a category, got 1/,
    ],
    [
      'an empty folder',
      { ...pets, 'birds/.keep': new Uint8Array() },
      /birds: expected at least two pictures of a category, got 0/,
    ],
    [
      'a file beside the folders',
      { ...pets, 'notes.txt': Buffer.from('x') },
      /notes\.txt: expected folders of pictures, .* got a file/,
    ],
    ['a folder in a folder', { ...pets, 'cats/old/1.png': png(1) }, /old: expected a picture, got a folder/],
    [
      'a text among pictures',
      { ...pets, 'cats/a.txt': Buffer.from('x') },
      /a\.txt: expected a picture .*, got something else/,
    ],
    ['a truncated PNG', { ...pets, 'cats/3.png': png(1).subarray(0, 50) }, /cats.3\.png: a damaged PNG/],
    [
      'a category that only the test split has',
      {
        'train/a/1.png': png(1),
        'train/a/2.png': png(1),
        'train/b/1.png': png(1),
        'train/b/2.png': png(1),
        'test/c/1.png': png(1),
      },
      /test.c.1\.png.*expected a or b.* got "?c/,
    ],
  ])('with %s are refused', async (_, files, message) => {
    await expect(load(files)).rejects.toThrow(InputError)
    await expect(load(files)).rejects.toThrow(message)
  })
})
