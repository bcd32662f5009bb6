/** Ways to damage an input: bytes, text, and documents with a structure. */
import type { Choices } from './random.js'

const WORDS = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '\u0000',
  '\u001b[31m',
  '\u202e',
  '\ud800',
  '\n::error::x',
  '..',
  '../../etc/passwd',
  '/dev/zero',
  'NaN',
  'Infinity',
  '-0',
  '1e400',
  '9'.repeat(400),
  '0x10',
  '0o17',
  '1_000',
  'no',
  '2001-12-14',
  '<<',
  '&a [*a, *a]',
  '*a',
  '!!js/function x',
  '!!binary AAAA',
  '---\n',
  '...\n',
  '%YAML 1.1\n',
  '\ufeff',
  '{',
  '[',
  '"',
  '}',
  ']',
  ':',
  ',',
  '\t',
  '\r',
  '\n',
  '- ',
  '? ',
  '| ',
  '> ',
]

const NUMBERS = [0, 1, 2, 7, 8, 127, 128, 255, 256, 32767, 65535, 65536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]

/** Values that may stand where another stood. */
function oddValue(choices: Choices): unknown {
  return choices.of<() => unknown>([
    () => null,
    () => choices.of(WORDS),
    () => choices.of(NUMBERS) * choices.of([1, -1, 0.5, 1e-300, 2 ** 21, 1e300]),
    () => choices.of([true, false]),
    () => [],
    () => ({}),
    () => [null],
    () => ({ [choices.of(WORDS)]: choices.of(WORDS) }),
    () => ({ $number: choices.of(['NaN', 'Infinity', '-0', 'x']) }),
    () => nested(1 << choices.below(10)),
    () => Array.from({ length: 1 << choices.below(12) }, () => choices.of(NUMBERS)),
    () => 'x'.repeat(1 << choices.below(16)),
  ])()
}

function nested(depth: number): unknown {
  let value: unknown = 0
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value }
  return value
}

type Holder = Record<string, unknown> | unknown[]

function holders(value: unknown, found: Holder[] = []): Holder[] {
  if (typeof value !== 'object' || value === null) return found
  found.push(value as Holder)
  for (const inner of Object.values(value)) holders(inner, found)
  return found
}

function define(holder: Holder, key: string | number, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true })
}

/** Changes some places of a document; what is given is not changed. */
export function damageDocument(document: unknown, choices: Choices): unknown {
  const copy: unknown = { root: structuredClone(document) }
  for (let times = 1 + choices.below(3); times > 0; times--) {
    const holder = choices.of(holders(copy).filter((each) => Object.keys(each).length > 0))
    const key = choices.of(Object.keys(holder))
    const value: unknown = Reflect.get(holder, key)
    const deed = choices.below(6)
    if (deed === 0 && key !== 'root') Reflect.deleteProperty(holder, key)
    else if (deed === 1 && !Array.isArray(holder) && key !== 'root') {
      Reflect.deleteProperty(holder, key)
      define(holder, choices.of(WORDS), value)
    } else if (deed === 2)
      define(holder, key, choices.of(holders(copy)) === holder ? [value] : structuredClone(choices.of(holders(copy))))
    else if (deed === 3 && typeof value === 'string') define(holder, key, damageText(value, choices))
    else define(holder, key, oddValue(choices))
  }
  return (copy as { readonly root: unknown }).root
}

/** The text, or that of an empty list where it is nested too deeply for the engine. */
function jsonOf(document: unknown, indent: number): string {
  try {
    return JSON.stringify(document, undefined, indent) ?? ''
  } catch {
    return '[]'
  }
}

/** The text of a document; now and then with a key twice, or with numbers that JSON has no room for. */
export function documentText(document: unknown, choices: Choices): string {
  const text = jsonOf(document, choices.of([0, 2]))
  return choices.chance(4) ? damageText(text, choices) : text
}

/** Changes some places of a text. */
export function damageText(text: string, choices: Choices): string {
  let changed = text
  for (let times = 1 + choices.below(3); times > 0; times--) {
    const [at, other] = [choices.below(changed.length + 1), choices.below(changed.length + 1)]
    const [from, to] = [Math.min(at, other), Math.min(Math.max(at, other), Math.min(at, other) + 200)]
    const middle = choices.of([
      choices.of(WORDS),
      choices.of(WORDS).repeat(1 << choices.below(10)),
      '',
      changed.slice(from, to).repeat(2),
      String(choices.of(NUMBERS)),
      String.fromCodePoint(choices.below(0xd7ff)),
    ])
    changed = `${changed.slice(0, from)}${middle}${changed.slice(choices.chance(2) ? from : to)}`.slice(0, 1 << 19)
  }
  return changed
}

function writeNumber(bytes: Uint8Array, at: number, choices: Choices): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const value = choices.of(NUMBERS) + choices.of([-1, 0, 1])
  const width = Math.min(choices.of([1, 2, 4, 8]), bytes.length - at)
  const little = choices.chance(2)
  if (width === 8) view.setBigUint64(at, BigInt.asUintN(64, BigInt(value) << BigInt(choices.of([0, 8, 31]))), little)
  else if (width >= 4) view.setUint32(at, value, little)
  else if (width >= 2) view.setUint16(at, value, little)
  else view.setUint8(at, value)
}

/** Changes some places of bytes; the head, where formats say what they are, more often than the rest. */
export function damageBytes(bytes: Uint8Array, choices: Choices): Uint8Array {
  let changed: Uint8Array = Uint8Array.from(bytes)
  for (let times = 1 + choices.below(4); times > 0 && changed.length > 0; times--) {
    const at = choices.below(choices.chance(2) ? changed.length : Math.min(64, changed.length))
    const length = choices.below(Math.min(64, changed.length - at) + 1)
    const deed = choices.below(7)
    if (deed === 0) changed[at] = (changed[at] ?? 0) ^ (1 << choices.below(8))
    else if (deed === 1) writeNumber(changed, at, choices)
    else if (deed === 2) changed = changed.slice(0, choices.chance(8) ? 0 : at)
    else if (deed === 3) changed = joined(changed.subarray(0, at), changed.subarray(at + length))
    else if (deed === 4) changed = joined(changed.subarray(0, at + length), changed.subarray(at))
    else if (deed === 5) changed.set(changed.slice(choices.below(at + 1)).subarray(0, changed.length - at), at)
    else changed.fill(choices.of([0, 0xff, 0x7f, 0x80]), at, at + length)
  }
  return changed
}

/** Bytes one after the other. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}
