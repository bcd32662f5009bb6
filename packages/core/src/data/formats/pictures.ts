/**
 * Folders of pictures, one for each category, whose names are those of the categories; or folders `train`, `test` and
 * `validation` with such folders in them; or pictures alone, of no category. Bytes of brightness where all are shades of grey, else planes of red, green and blue.
 */
import * as z from 'zod/mini'
import { decodePicture } from '../pictures/index.js'
import { type Colour, type Picture, planeBytes, planesOf, type SampleLayout } from '../pictures/picture.js'
import type { RawTable, RawTables } from '../raw.js'
import { type DataSource, failIn, format, nameOf } from './format.js'

/** Words for the folders of splits. */
const splitNames = {
  train: ['train', 'training'],
  validation: ['validation', 'valid', 'val'],
  test: ['test', 'testing'],
} as const

type Split = keyof typeof splitNames

const colours: Readonly<Record<string, Colour>> = { white: [1, 1, 1], black: [0, 0, 0] }

const side = z.int().check(z.gte(1), z.lte(8192))

const settings = {
  /** The ground of transparent pictures: `white`, `black` or `#rrggbb`. */
  background: z._default(z.string().check(z.regex(/^(white|black|#[0-9a-fA-F]{6})$/)), 'white'),
  /** The side of all pictures, or height and width; unless given, they must be of one size. */
  size: z.exactOptional(z.union([side, z.tuple([side, side])])),
  /** True where samples have colours; unless given, they do where a picture has. */
  colours: z.exactOptional(z.boolean()),
}

interface Options {
  readonly ground: Colour
  readonly size: readonly [number, number] | undefined
  readonly colours: boolean | undefined
}

function colourOf(text: string): Colour {
  const part = (at: number): number => Number.parseInt(text.slice(at, at + 2), 16) / 255
  return colours[text] ?? [part(1), part(3), part(5)]
}

/** A file and its category; -1 where none is known. */
interface Labelled {
  readonly source: DataSource
  readonly category: number
}

const isPictureName = (name: string): boolean => /\.(png|jpe?g|webp|bmp)$/i.test(name)

/** Entries that are not hidden. */
function shown({ names = [] }: DataSource): string[] {
  return names.filter((name) => !name.startsWith('.') && !/^(thumbs\.db|desktop\.ini)$/i.test(name))
}

/** More open at once would not be faster. */
const AT_ONCE = 32

async function inTurn<T, U>(items: readonly T[], step: (item: T, i: number) => Promise<U>): Promise<U[]> {
  const results: U[] = []
  for (let at = 0; at < items.length; at += AT_ONCE) {
    // oxlint-disable-next-line no-await-in-loop -- so many at once, and no more
    results.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map((item, i) => step(item, at + i)))))
  }
  return results
}

/** The folders of a directory. @throws InputError where there is none, or a file beside them. */
async function foldersIn(directory: DataSource): Promise<DataSource[]> {
  const entries = await inTurn(shown(directory), (name) => directory.open(name))
  const file = entries.find(({ names }) => names === undefined)
  if (file !== undefined)
    failIn(file.file, 'expected folders of pictures, one for each category, got a file beside them')
  if (entries.length === 0) failIn(directory.file, 'expected folders of pictures, one for each category, got none')
  return entries
}

/** The bytes of pictures, in the layout that they turn out to have: grey until one has colours. */
class Pictures {
  readonly #count: number
  readonly #options: Options
  #first: string | undefined
  #layout: SampleLayout = { channels: 1, height: 0, width: 0 }
  #bytes = new Uint8Array()

  constructor(count: number, options: Options) {
    this.#count = count
    this.#options = options
  }

  /** Adds picture `i`. @throws InputError where it is of another size. */
  add(i: number, file: string, picture: Picture): void {
    const [height, width] = this.#options.size ?? [picture.height, picture.width]
    this.#first ??= file
    if (this.#bytes.length === 0) this.#lay({ channels: this.#options.colours === true ? 3 : 1, height, width })
    const layout = this.#layout
    if (height !== layout.height || width !== layout.width) {
      const expected = `${layout.width} x ${layout.height} pixels as ${this.#first}`
      failIn(file, `expected ${expected}, got ${width} x ${height}; data.options.size makes them alike`)
    }
    if (!picture.grey && this.#options.colours === undefined && layout.channels === 1) this.#addColours()
    planeBytes(planesOf(picture, this.#layout), this.#sample(i))
  }

  #sample(i: number): Uint8Array {
    const { channels, height, width } = this.#layout
    const size = channels * height * width
    return this.#bytes.subarray(i * size, (i + 1) * size)
  }

  #lay(layout: SampleLayout): void {
    this.#layout = layout
    this.#bytes = new Uint8Array(this.#count * layout.channels * layout.height * layout.width)
  }

  /** Three planes of each that was one of grey. */
  #addColours(): void {
    const [old, { height, width }] = [this.#bytes, this.#layout]
    const plane = height * width
    this.#lay({ channels: 3, height, width })
    for (let i = 0; i < this.#count; i++) {
      const sample = this.#sample(i)
      for (let c = 0; c < 3; c++) sample.set(old.subarray(i * plane, (i + 1) * plane), c * plane)
    }
  }

  /** Pictures `first` to `stop`, as a view. */
  column(first: number, stop: number) {
    const { channels, height, width } = this.#layout
    const shape = [stop - first, ...(channels === 1 ? [] : [channels]), height, width]
    const size = channels * height * width
    return { dtype: 'uint8', shape, data: this.#bytes.subarray(first * size, stop * size) } as const
  }
}

/** Fewer of a category cannot be told from noise, and nothing could be held out. */
const LEAST_OF_A_CATEGORY = 2

/** The files of a folder of categories. @throws InputError */
async function filesIn(directory: DataSource, split: Split, categories: string[]): Promise<Labelled[]> {
  const folders = await foldersIn(directory)
  const found: Labelled[] = []
  for (const folder of folders) {
    const name = nameOf(folder.file)
    // oxlint-disable-next-line no-await-in-loop -- a folder after the other
    const sources = await inTurn(shown(folder), (file) => folder.open(file))
    const inner = sources.find(({ names }) => names !== undefined)
    if (inner !== undefined) failIn(inner.file, 'expected a picture, got a folder')
    if (split === 'train' && sources.length < LEAST_OF_A_CATEGORY) {
      failIn(folder.file, `expected at least two pictures of a category, got ${sources.length}`)
    }
    if (!categories.includes(name)) categories.push(name)
    found.push(...sources.map((source) => ({ source, category: categories.indexOf(name) })))
  }
  return found
}

/** The folders of splits by their words; undefined where folders are those of categories. */
function splitFolders(names: readonly string[]): Partial<Record<Split, string>> | undefined {
  const known = (Object.keys(splitNames) as Split[]).map((split) => {
    const words: readonly string[] = splitNames[split]
    return [split, names.find((name) => words.includes(name.toLowerCase()))] as const
  })
  const found = known.filter(([, name]) => name !== undefined)
  const isWhole = found.length === names.length && found.some(([split]) => split === 'train')
  return isWhole ? Object.fromEntries(found) : undefined
}

async function labelledFiles(source: DataSource, categories: string[]): Promise<Map<Split, Labelled[]>> {
  const names = shown(source)
  if (names.length > 0 && names.every(isPictureName)) {
    const sources = await inTurn(names, (name) => source.open(name))
    return new Map([['train', sources.map((each) => ({ source: each, category: -1 }))]])
  }
  const folders = splitFolders(names)
  if (folders === undefined) return new Map([['train', await filesIn(source, 'train', categories)]])
  const files = new Map<Split, Labelled[]>()
  for (const [split, name] of Object.entries(folders) as [Split, string][]) {
    // oxlint-disable-next-line no-await-in-loop -- the categories of the training rows come first
    files.set(split, await filesIn(await source.open(name), split, categories))
  }
  return files
}

/** Small files are all head. */
async function bytesOf(source: DataSource): Promise<Uint8Array> {
  return source.head.length === source.size ? source.head : source.bytes()
}

async function decodeAll(files: readonly Labelled[], options: Options): Promise<Pictures> {
  const pictures = new Pictures(files.length, options)
  const [first] = files
  if (first !== undefined) await decodeInto(pictures, first, 0, options)
  await inTurn(files.slice(1), (file, i) => decodeInto(pictures, file, i + 1, options))
  return pictures
}

async function decodeInto(pictures: Pictures, { source }: Labelled, i: number, { ground }: Options): Promise<void> {
  pictures.add(i, source.file, await decodePicture(source.file, await bytesOf(source), ground))
}

function tableOf(
  file: string,
  files: readonly Labelled[],
  image: ReturnType<Pictures['column']>,
  texts: readonly string[],
): RawTable {
  const places = Int32Array.from(files, ({ category }) => category)
  return {
    count: files.length,
    columns: {
      image: { kind: 'numbers', values: image, encoding: { kind: 'numbers', scale: 1 / 255 } },
      ...(texts.length === 0 ? {} : { label: { kind: 'texts', places, texts } }),
    },
    file,
    placeOf: (row) => files[row]?.source.file ?? `picture ${row}`,
  }
}

/** `data: { path: pets }` with the folders `pets/cats` and `pets/dogs`. */
export const pictures = format({
  about: 'folders of pictures, one for each category: PNG, JPEG, WebP, BMP',
  settings,
  // Folders have no extension; of files beside them it is told when they are read. Pictures alone are of no category.
  matches: ({ names }) =>
    names?.some((name) => !name.startsWith('.') && (isPictureName(name) || !/\.[a-z]\w{1,6}$/i.test(name))) ?? false,
  async read(source, { background, size, colours: wanted }): Promise<RawTables> {
    if (source.names === undefined)
      return failIn(source.file, 'expected a directory of folders of pictures, got a file')
    const options = {
      ground: colourOf(background),
      size: typeof size === 'number' ? ([size, size] as const) : size,
      colours: wanted,
    }
    const categories: string[] = []
    const splits = [...(await labelledFiles(source, categories))]
    const all = splits.flatMap(([, files]) => files)
    const decoded = await decodeAll(all, options)
    let at = 0
    const tables = splits.map(([split, files]) => {
      const image = decoded.column(at, (at += files.length))
      return [split, tableOf(source.file, files, image, categories)] as const
    })
    return {
      ...(Object.fromEntries(tables) as unknown as RawTables),
      ...(categories.length > 0 && { target: 'label' }),
    }
  },
})
