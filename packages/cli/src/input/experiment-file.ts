/** The experiment that the user names: a preset, or a file of JSON or YAML. */
import { type Stats } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { dirname, extname, isAbsolute, join } from 'node:path'
import { type Experiment, findPreset, InputError, parseExperiment, presets, type Registry } from '@isograd/core'
import { meantName, utf8Text } from '@isograd/core/text'
import { messageOf } from '../errors/failure.js'
import { parseJson } from './json-document.js'
import { locator, pointer, type SourceDocument } from './source-document.js'
import { missingText } from '@isograd/core/node'

/** The word for an experiment on standard input. */
const STANDARD_INPUT = '-'

/** The place of a field that is not in the file. */
const TYPED = ' (on the command line)'

/** Larger than any experiment written by hand or by a program that means well. */
const MOST_BYTES = 1024 * 1024

type Parser = (text: string, source: string) => SourceDocument | Promise<SourceDocument>

async function yaml(text: string, source: string): Promise<SourceDocument> {
  const { parseYaml } = await import('./yaml-document.js')
  return parseYaml(text, source)
}

const parsers: Readonly<Record<string, Parser>> = { '.json': parseJson, '.yaml': yaml, '.yml': yaml }

function fail(path: string, message: string, cause?: unknown): never {
  throw new InputError('isograd', `${path}: ${message}`, { cause })
}

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    return fail(path, `cannot be read: ${messageOf(error)}`, error)
  }
}

function parserOf(path: string): Parser {
  const extension = extname(path).toLowerCase()
  const parser = parsers[extension]
  if (parser !== undefined) return parser
  const got = extension === '' ? 'no extension' : `"${extension}"`
  return fail(path, `expected a file in ${Object.keys(parsers).join(', ')}, got ${got}`)
}

function checkKind(path: string, stats: Stats): void {
  if (stats.isDirectory()) fail(path, 'expected a file, got a directory')
  if (!stats.isFile()) fail(path, 'expected a regular file')
  if (stats.size > MOST_BYTES) fail(path, `expected at most ${MOST_BYTES} bytes, got ${stats.size}`)
}

function decode(path: string, bytes: Uint8Array): string {
  const isWide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  if (bytes.includes(0) && !isWide) fail(path, 'expected text, got binary data')
  const text = utf8Text(bytes, (problem) => fail(path, problem))
  return text.trim() === '' ? fail(path, 'the file is empty; expected JSON or YAML') : text
}

/** JSON where it begins as JSON does, YAML otherwise. @throws InputError where there is none, or a terminal */
async function readPiped(name: string): Promise<SourceDocument> {
  if (process.stdin.isTTY) fail(name, 'expected an experiment, got a terminal; pipe one in, or name a file')
  const parts: Buffer[] = []
  let length = 0
  for await (const part of process.stdin as AsyncIterable<Buffer>) {
    parts.push(part)
    length += part.length
    if (length > MOST_BYTES) fail(name, `expected at most ${MOST_BYTES} bytes, got more`)
  }
  const text = decode(name, Buffer.concat(parts))
  return text.trimStart().startsWith('{') ? parseJson(text, name) : yaml(text, name)
}

/** Reads a file of JSON or YAML, or standard input. @throws InputError where it is not there or cannot be one. */
export async function readDocument(path: string): Promise<SourceDocument> {
  if (path === STANDARD_INPUT) return readPiped(nameOf(path))
  const stats = await statOf(path)
  if (stats === undefined) fail(path, missingText(path, 'file'))
  checkKind(path, stats)
  const parser = parserOf(path)
  const bytes = await readFile(path).catch((error: unknown) => fail(path, `cannot be read: ${messageOf(error)}`, error))
  return parser(decode(path, bytes), path)
}

/** True for the name of a preset, which goes before a file of that name. */
export function isPreset(word: string): boolean {
  return presets.some(({ name }) => name === word)
}

/** The experiment of a preset. @throws InputError for an unknown name, ExperimentError where the overrides do not fit. */
export function readPreset(name: string, overrides: Readonly<Record<string, unknown>>, registry: Registry): Experiment {
  const locate = (path: Path): string => (isSet(overrides, {}, path) ? TYPED : '')
  return parseExperiment(findPreset(name), { source: nameOf(name), overrides, registry, locate })
}

/** The experiment that a word names, in messages. */
export function nameOf(word: string): string {
  if (word === STANDARD_INPUT) return 'standard input'
  return isPreset(word) ? `preset "${word}"` : word
}

/** True for a word that is no preset and was meant as a path. */
function looksLikePath(word: string): boolean {
  return word === STANDARD_INPUT || /[\\/]/.test(word) || extname(word) !== ''
}

type Path = readonly (string | number)[]

function childOf(value: unknown, key: string | number): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
  return (value as Record<string, unknown>)[key]
}

/** The value of a field whose name may be spelled otherwise. */
function meantChildOf(value: unknown, key: string | number): unknown {
  const names = typeof value === 'object' && value !== null ? Object.keys(value) : []
  return childOf(value, meantName(String(key), names) ?? key)
}

/** True for a field that the command line sets, rather than the file. */
function isSet(overrides: unknown, document: unknown, path: Path): boolean {
  let [set, own] = [overrides, document]
  for (const key of path) {
    if (typeof set !== 'object' || set === null) return true
    set = meantChildOf(set, key)
    own = childOf(own, key)
    if (set === undefined) return false
  }
  return typeof set !== 'object' || own === undefined
}

/** Where fields stand: in the file, or on the command line. */
function placesOf(document: SourceDocument, file: string, overrides: Readonly<Record<string, unknown>>) {
  const [locate, point] = [locator(document), pointer(document, file)]
  const isTyped = (path: Path): boolean => isSet(overrides, document.value, path)
  return {
    locate: (path: Path): string => (isTyped(path) ? TYPED : locate(path)),
    point: (path: Path): string | undefined => (isTyped(path) ? undefined : point(path)),
  }
}

/** True for a word that names a preset, or nothing: presets then say which is near. */
async function namesPreset(word: string, path = word): Promise<boolean> {
  return isPreset(word) || (!looksLikePath(word) && (await statOf(path)) === undefined)
}

/** The document of an experiment, as it was found. */
export interface WrittenExperiment {
  readonly value: unknown
  /** Its name in messages. */
  readonly source: string
  /** The directory that paths of its data are relative to; undefined: the working directory. */
  readonly directory?: string
}

/** The document of a preset's name or of a file's path from a directory. @throws InputError as `readExperiment` */
export async function readWritten(word: string, from: string): Promise<WrittenExperiment> {
  const path = isAbsolute(word) ? word : join(from, word)
  if (await namesPreset(word, path)) return { value: findPreset(word), source: nameOf(word) }
  const { value } = await readDocument(path)
  return { value, source: path, directory: dirname(path) }
}

/** An experiment whose document is read: what it is with a merge patch on every arm. @throws ExperimentError as `readExperiment` */
export type OpenExperiment = (overrides: Readonly<Record<string, unknown>>) => Experiment

/**
 * The experiment of a preset's name, a file's path or standard input; a preset goes before a file of its name.
 * @throws InputError for a name or a file that does not exist or cannot be an experiment.
 */
export async function openExperiment(word: string, registry: Registry): Promise<OpenExperiment> {
  if (await namesPreset(word)) return (overrides) => readPreset(word, overrides, registry)
  const document = await readDocument(word)
  const source = nameOf(word)
  return (overrides) => {
    const places = placesOf(document, source, overrides)
    const experiment = parseExperiment(document.value, { source, overrides, registry, ...places })
    return { ...experiment, directory: dirname(word) }
  }
}

/**
 * The experiment of a word with a merge patch on every arm.
 * @throws InputError as `openExperiment`; ExperimentError with the line of every field that is wrong.
 */
export async function readExperiment(
  word: string,
  overrides: Readonly<Record<string, unknown>>,
  registry: Registry,
): Promise<Experiment> {
  return (await openExperiment(word, registry))(overrides)
}
