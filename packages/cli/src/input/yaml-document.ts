/** YAML 1.2 (its JSON-like core schema) with positions. Only this file knows the parser. */
import { InputError } from '@isograd/core'
import { type Document, isCollection, isMap, isScalar, LineCounter, parseDocument } from 'yaml'
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

function parse(text: string, source: string, lines: LineCounter): Document {
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' })
  const [problem] = [...document.errors, ...document.warnings]
  if (problem === undefined) return document
  const { line, col } = lines.linePos(problem.pos[0])
  throw new InputError('isograd', `${source}, line ${line}, column ${col}: ${problem.message}`, { cause: problem })
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
    const reason = error instanceof RangeError ? 'nested too deeply' : String(error)
    throw new InputError('isograd', `${source}: not usable as YAML: ${reason}`, { cause: error })
  }
}
