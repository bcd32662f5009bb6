/** YAML 1.2 (its JSON-like core schema) with positions. Only this file knows the parser. */
import { InputError } from '@isograd/core'
import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  parseDocument,
  visit,
  type YAMLError,
  type YAMLMap,
} from 'yaml'
import type { FieldPath, SourceDocument } from './source-document.js'

/** The offset of a field: of its key in a map, of its value in a list. */
function offsetOf(document: Document, path: FieldPath): number | undefined {
  const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true)
  const last = path.at(-1)
  if (isMap(parent)) {
    const pair = parent.items.find(({ key }) => isScalar(key) && key.value === last)
    return isScalar(pair?.key) ? pair.key.range?.[0] : undefined
  }
  const node: unknown = isCollection(parent) ? parent.get(last, true) : undefined
  return isCollection(node) || isScalar(node) ? node.range?.[0] : undefined
}

/** A fault of a document and its offset. */
type Fault = readonly [problem: string, offset: number]

const MOST_LEVELS = 100
const MOST_ALIASES = 100

/** The key of a map that an earlier one equals. The parser's own check compares each with each. */
function repeatedKey({ items }: YAMLMap): unknown {
  const seen = new Set<string>()
  return items.find(({ key }) => {
    const name = isScalar(key) ? String(key.value) : undefined
    const isRepeated = name !== undefined && seen.has(name)
    if (name !== undefined) seen.add(name)
    return isRepeated
  })?.key
}

/** Looks through a document for what YAML 1.2 has and JSON has not, anchors and some aliases excepted. */
class Search {
  readonly #document: Document
  #aliases = 0
  fault: Fault | undefined

  constructor(document: Document) {
    this.#document = document
    const { explicit, version } = document.directives?.yaml ?? {}
    if (explicit === true && version !== '1.2') this.fault = [`expected YAML 1.2, got a directive for ${version}`, 0]
    else visit(document, (_, node, path) => this.#look(node, path))
  }

  #look(node: unknown, path: readonly unknown[]): symbol | undefined {
    const problem = this.#problemOf(node, path)
    if (problem === undefined) return undefined
    const [words, at] = problem
    this.fault = [words, (isNode(at) ? at.range?.[0] : undefined) ?? 0]
    return visit.BREAK
  }

  #problemOf(node: unknown, path: readonly unknown[]): readonly [string, unknown] | undefined {
    // A pair and its value are a level.
    if (path.length > 2 * MOST_LEVELS) return [`expected at most ${MOST_LEVELS} levels`, node]
    if (isPair(node)) {
      return isScalar(node.key) ? undefined : ['expected a key that is a word, got a list, map or alias', node.key]
    }
    if (isAlias(node)) return this.#aliasProblem(node, path)
    const tag = isNode(node) ? node.tag : undefined
    if (tag !== undefined) return [`expected no tag, got "${tag}"`, node]
    const repeated = isMap(node) ? repeatedKey(node) : undefined
    return repeated === undefined ? undefined : ['Map keys must be unique', repeated]
  }

  #aliasProblem(node: Alias, path: readonly unknown[]): readonly [string, unknown] | undefined {
    this.#aliases++
    // Each is looked for in the whole document.
    if (this.#aliases > MOST_ALIASES) return [`expected at most ${MOST_ALIASES} aliases`, node]
    return path.includes(node.resolve(this.#document)) ? [`"*${node.source}" is within itself`, node] : undefined
  }
}

/** The parser's words, but for those that are of its own code. */
function toldOf({ code, message }: YAMLError): string {
  if (code === 'MULTIPLE_DOCS') return 'expected one document, got another behind it; take out what begins here'
  return /call stack/.test(message) ? 'nested too deeply' : message
}

function parse(text: string, source: string, lines: LineCounter): Document {
  const options = { prettyErrors: false, logLevel: 'error', schema: 'core', resolveKnownTags: false } as const
  const document = parseDocument(text, { ...options, uniqueKeys: false, lineCounter: lines })
  const [error] = [...document.errors, ...document.warnings]
  const fault = error === undefined ? new Search(document).fault : ([toldOf(error), error.pos[0]] as const)
  if (fault === undefined) return document
  const [problem, offset] = fault
  const { line, col } = lines.linePos(offset)
  throw new InputError('isograd', `${source}, line ${line}, column ${col}: ${problem}`, { cause: error })
}

/** Reads YAML; `source` is what messages call the text. @throws InputError with line and column. */
export function parseYaml(text: string, source: string): SourceDocument {
  const lines = new LineCounter()
  try {
    const document = parse(text, source, lines)
    return {
      value: document.toJS({ maxAliasCount: 100 }) as unknown,
      placeOf: (path) => {
        const offset = offsetOf(document, path)
        if (offset === undefined) return undefined
        const { line, col: column } = lines.linePos(offset)
        return { line, column }
      },
    }
  } catch (error) {
    if (error instanceof InputError) throw error
    // The parser recurses: too deep a document overflows its stack; too many aliases are refused by toJS.
    const { message } = error as Error
    const told = /Excessive alias/.test(message) ? 'aliases of aliases make too much of it' : message
    const reason = error instanceof RangeError ? 'nested too deeply' : told
    throw new InputError('isograd', `${source}: not usable as YAML: ${reason}`, { cause: error })
  }
}
