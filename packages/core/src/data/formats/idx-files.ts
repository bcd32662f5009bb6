/**
 * Finds the IDX files of a data set among those of a directory, whatever they are called: MNIST's, KMNIST's and QMNIST's
 * names, EMNIST's with the prefix of a set, Kaggle's folders that bear the name of their file, and any other names that say
 * `train` or `test`, and `labels`. Names of categories are taken from a file of EMNIST's `-mapping.txt`.
 */
import { type DataSource, failIn, listText, nameOf } from './format.js'
import type { IdxPair, IdxTables } from './idx-dataset.js'

/** The files of a data set. */
export interface IdxFiles {
  readonly tables: IdxTables<DataSource>
  /** Names of the categories, where a file says them. */
  readonly names: readonly string[] | undefined
}

const NAMED_SO = /idx\d|ubyte/i
const MAPPING = /-mapping\.txt$/

/** Files that are looked into where no name says what they are. */
const MOST_LOOKED_AT = 64

/** True for the first bytes of a file of the format. */
export function isIdx(head: Uint8Array): boolean {
  const [first, second, type = 0, rank = 0] = head
  return first === 0 && second === 0 && type >= 0x08 && type <= 0x0e && rank > 0
}

/** True for the name that a file of the format usually has. */
export function isIdxName(name: string): boolean {
  return NAMED_SO.test(name)
}

/** The name of a file without the differences that do not count. */
function stemOf({ file }: DataSource): string {
  return nameOf(file).replace(/\.gz$/i, '').replace('.idx', '-idx')
}

/** A file, or the file of its name in a folder. */
async function openFile(directory: DataSource, name: string): Promise<DataSource[]> {
  const source = await directory.open(name)
  if (source.names === undefined) return [source]
  return source.names.includes(name) ? openFile(source, name) : []
}

async function idxFilesIn(directory: DataSource, prefix: string): Promise<DataSource[]> {
  const names = (directory.names ?? []).filter((name) => name.startsWith(prefix))
  const named = names.filter(isIdxName)
  const opened = await Promise.all(
    (named.length > 0 ? named : names.slice(0, MOST_LOOKED_AT)).map((name) => openFile(directory, name)),
  )
  const sources = opened.flat()
  return named.length > 0 ? sources : sources.filter(({ head }) => isIdx(head))
}

type Split = keyof IdxTables<unknown>
type Role = keyof IdxPair<unknown>

function splitOf(stem: string): Split {
  return !/train/i.test(stem) && /test|t10k/i.test(stem) ? 'test' : 'train'
}

function roleOf(source: DataSource, stem: string): Role {
  if (/label|target/i.test(stem)) return 'labels'
  return /image|input|data|feature/i.test(stem) || source.head[3] !== 1 ? 'inputs' : 'labels'
}

/** Of files that differ in their packing alone the first: it is the one that is not packed. */
function withoutCopies(sources: readonly DataSource[]): DataSource[] {
  return sources.filter((source, i) => sources.findIndex((other) => stemOf(other) === stemOf(source)) === i)
}

/** The file of a role. @throws InputError when there are several. */
function fileOf(
  directory: DataSource,
  sources: readonly DataSource[],
  split: Split,
  role: Role,
): DataSource | undefined {
  const own = sources.filter((source) => {
    const stem = stemOf(source)
    return splitOf(stem) === split && roleOf(source, stem) === role
  })
  const told = own.filter((source) => /train|test|t10k/i.test(stemOf(source)))
  const [first, ...more] = told.length > 0 ? told : own
  if (more.length === 0) return first
  const cure = 'data.options.prefix tells by how their names begin'
  return failIn(directory.file, `expected one file of ${role} to ${split}, got ${listText(own.map(stemOf))}; ${cure}`)
}

function pairOf(directory: DataSource, sources: readonly DataSource[], split: Split): IdxPair<DataSource> | undefined {
  const [inputs, labels] = (['inputs', 'labels'] as const).map((role) => fileOf(directory, sources, split, role))
  if (inputs !== undefined && labels !== undefined) return { inputs, labels }
  if (split === 'test' && inputs === undefined && labels === undefined) return undefined
  const missing = inputs === undefined ? 'inputs' : 'labels'
  const got = `found ${listText(directory.names ?? [])}; names say train or test, and labels or anything else`
  return failIn(directory.file, `expected a file of ${missing} to ${split} in the IDX format, ${got}`)
}

/** Lines of a number and the codes of a character: `10 65`. */
async function mappedNames(directory: DataSource, labels: DataSource): Promise<readonly string[] | undefined> {
  const name = directory.names?.find(
    (each) => MAPPING.test(each) && stemOf(labels).startsWith(each.replace(MAPPING, '')),
  )
  if (name === undefined) return undefined
  const text = new TextDecoder().decode(await (await directory.open(name)).bytes())
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/).map(Number))
  const codes = new Map(
    lines.flatMap(([label, code]) => (label === undefined || code === undefined ? [] : [[label, code]])),
  )
  const count = Math.max(...codes.keys()) + 1
  return Array.from({ length: count }, (_, label) => {
    const code = codes.get(label)
    return code === undefined ? String(label) : String.fromCodePoint(code)
  })
}

/** The files of a directory. @throws InputError when one is missing, or several would do. */
export async function findIdxFiles(directory: DataSource, prefix = ''): Promise<IdxFiles> {
  const sources = withoutCopies(await idxFilesIn(directory, prefix))
  const train = pairOf(directory, sources, 'train')
  const test = pairOf(directory, sources, 'test')
  if (train === undefined) return failIn(directory.file, 'expected files to train on')
  return { tables: { train, ...(test && { test }) }, names: await mappedNames(directory, train.labels) }
}
