/**
 * JSON (RFC 8259) with positions: `JSON.parse` says in different words on different engines, and often not at all,
 * where a text is wrong, and keeps the last of two equal keys in silence. This reader says line and column, refuses
 * double keys, and remembers where each field stands. Values still come from `JSON.parse`.
 */
import { InputError } from '@isograd/core'
import { type FieldPath, positionAt, type SourceDocument } from './source-document.js'

const DEEPEST = 100
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y // oxlint-disable-line no-control-regex
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y
const SPACE = /[ \t\r\n]*/y

function keyOf(path: FieldPath): string {
  return JSON.stringify(path)
}

/** Walks a text once, from left to right. */
class JsonWalk {
  readonly offsets = new Map<string, number>()
  readonly #source: string
  readonly #text: string
  #at = 0

  constructor(text: string, source: string) {
    this.#text = text
    this.#source = source
  }

  document(): void {
    this.#value([])
    if (this.#at < this.#text.length) this.#fail('expected nothing behind the document')
  }

  #fail(expected: string, offset = this.#at): never {
    const { line, column } = positionAt(this.#text, offset)
    const character = String.fromCodePoint(this.#text.codePointAt(offset) ?? 0)
    const got = offset < this.#text.length ? JSON.stringify(character) : 'the end of the file'
    throw new InputError('isograd', `${this.#source}, line ${line}, column ${column}: ${expected}, got ${got}`)
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const [found] = pattern.exec(this.#text) ?? []
    if (found !== undefined) this.#at += found.length
    return found
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at++
    this.#match(SPACE)
    return true
  }

  #value(path: FieldPath): void {
    this.#match(SPACE)
    if (path.length > DEEPEST) this.#fail(`expected at most ${DEEPEST} levels`)
    if (this.#take('{')) this.#object(path)
    else if (this.#take('[')) this.#array(path)
    else if (this.#match(STRING) === undefined && this.#match(SCALAR) === undefined) this.#fail('expected a JSON value')
    this.#match(SPACE)
  }

  #object(path: FieldPath): void {
    if (this.#take('}')) return
    do this.#member(path)
    while (this.#take(','))
    if (!this.#take('}')) this.#fail('expected "," or "}"')
  }

  #member(path: FieldPath): void {
    const offset = this.#at
    const text = this.#match(STRING)
    if (text === undefined) this.#fail('expected a key in double quotes')
    const inner = [...path, String(JSON.parse(text))]
    if (this.offsets.has(keyOf(inner))) this.#fail(`expected every key once; ${text} is there already`, offset)
    this.offsets.set(keyOf(inner), offset)
    this.#match(SPACE)
    if (!this.#take(':')) this.#fail('expected ":"')
    this.#value(inner)
  }

  #array(path: FieldPath): void {
    if (this.#take(']')) return
    let index = 0
    do {
      this.offsets.set(keyOf([...path, index]), this.#at)
      this.#value([...path, index])
      index++
    } while (this.#take(','))
    if (!this.#take(']')) this.#fail('expected "," or "]"')
  }
}

/** Reads JSON; `source` is what messages call the text. @throws InputError with line and column. */
export function parseJson(text: string, source: string): SourceDocument {
  const walk = new JsonWalk(text, source)
  walk.document()
  return {
    value: JSON.parse(text) as unknown,
    placeOf: (path) => {
      const offset = walk.offsets.get(keyOf(path))
      return offset === undefined ? undefined : positionAt(text, offset)
    },
  }
}
