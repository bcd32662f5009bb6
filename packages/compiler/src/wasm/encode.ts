/**
 * The binary format of WebAssembly, as far as it is used: a module that imports one memory and has functions, globals of
 * type i32 and exports. https://webassembly.github.io/spec/core/binary
 */
import { Bytes } from './bytes.js'
import { type Opcode, opcodes } from './opcodes.js'

/** Types of values, by their codes. */
const valueTypes = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const

/** Name of a type of values. */
export type ValueType = keyof typeof valueTypes

/** The type of blocks without results. */
export const EMPTY = 0x40

/** The code of one function while it is written; its parameters are its first locals. */
export class FunctionCode {
  readonly name: string
  readonly parameters: readonly ValueType[]
  readonly results: readonly ValueType[]
  readonly #locals: ValueType[] = []
  readonly #start = new Bytes()
  readonly #code = new Bytes()
  constructor(name: string, parameters: readonly ValueType[], results: readonly ValueType[]) {
    this.name = name
    this.parameters = parameters
    this.results = results
  }

  /** A new local. */
  local(type: ValueType): number {
    return this.parameters.length + this.#locals.push(type) - 1
  }

  /** An instruction, perhaps with a byte that belongs to it. */
  op(name: Opcode, immediate?: number): void {
    opcode(this.#code, name)
    if (immediate !== undefined) this.#code.byte(immediate)
  }

  /** An instruction with the number of what it names. */
  numbered(name: 'call' | 'global.get' | 'global.set' | 'local.get' | 'local.set' | 'local.tee', number: number): void {
    opcode(this.#code, name).unsigned(number)
  }

  get(local: number): void {
    this.numbered('local.get', local)
  }

  set(local: number): void {
    this.numbered('local.set', local)
  }

  tee(local: number): void {
    this.numbered('local.tee', local)
  }

  i32(value: number): void {
    opcode(this.#code, 'i32.const').signed(value)
  }

  i64(value: bigint): void {
    opcode(this.#code, 'i64.const').signedLong(value)
  }

  /** An instruction with bytes that belong to it: a float, a vector, the order of a shuffle. */
  bytes(name: Opcode, bytes: ArrayLike<number>): void {
    opcode(this.#code, name).all(bytes)
  }

  /** Puts a global into a local before all other code. */
  globalAtStart(local: number, global: number): void {
    opcode(this.#start, 'global.get').unsigned(global)
    opcode(this.#start, 'local.set').unsigned(local)
  }

  /** Puts a vector into a local before all other code. */
  vectorAtStart(local: number, bytes: ArrayLike<number>): void {
    opcode(this.#start, 'v128.const').all(bytes)
    opcode(this.#start, 'local.set').unsigned(local)
  }

  /** A load or store at the address on the stack and a constant offset; `lane` where one is loaded or stored. */
  memory(name: Opcode, align: number, offset: number, lane?: number): void {
    opcode(this.#code, name).unsigned(align).unsigned(offset)
    if (lane !== undefined) this.#code.byte(lane)
  }

  /** The body as a module has it. */
  body(): Bytes {
    const runs: { type: ValueType; count: number }[] = []
    for (const type of this.#locals) {
      const last = runs.at(-1)
      if (last?.type === type) last.count++
      else runs.push({ type, count: 1 })
    }
    const body = new Bytes().unsigned(runs.length)
    for (const { type, count } of runs) body.unsigned(count).byte(valueTypes[type])
    return body.all(this.#start.view()).all(this.#code.view()).byte(opcodes.end)
  }
}

/** Above 0xff the first byte is a prefix. */
function opcode(to: Bytes, name: Opcode): Bytes {
  const code: number = opcodes[name]
  return code > 0xff ? to.byte(code >> 8).unsigned(code & 0xff) : to.byte(code)
}

/** The parts of a module. */
export interface ModuleParts {
  readonly functions: readonly FunctionCode[]
  /** Number of globals: i32, mutable, 0 at first. */
  readonly globals: number
  /** True where the memory is one that threads share. */
  readonly isShared?: boolean
  /** Names of exported functions. */
  readonly exports: Readonly<Record<string, FunctionCode>>
}

/** Pages of the largest memory: one that is shared says its most. */
export const MOST_PAGES = 2 ** 16

const MAGIC = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]

/** Numbers of sections. */
const sections = { name: 0, type: 1, import: 2, function: 3, global: 6, export: 7, code: 10 } as const

function list<T>(items: readonly T[], write: (to: Bytes, item: T, i: number) => void): Bytes {
  const bytes = new Bytes().unsigned(items.length)
  items.forEach((item, i) => write(bytes, item, i))
  return bytes
}

function types(to: Bytes, values: readonly ValueType[]): void {
  to.unsigned(values.length)
  for (const type of values) to.byte(valueTypes[type])
}

/** The bytes of a module that imports `env.memory`. Functions are called by their number in the list. */
export function moduleBytes({ functions, globals, exports, isShared = false }: ModuleParts): Uint8Array<ArrayBuffer> {
  const contents: Readonly<Record<keyof typeof sections, Bytes>> = {
    type: list(functions, (to, { parameters, results }) => {
      to.byte(0x60)
      types(to, parameters)
      types(to, results)
    }),
    // A memory of at least one page.
    import: list([0], (to) => {
      to.text('env')
        .text('memory')
        .all(isShared ? [2, 3, 1] : [2, 0, 1])
      if (isShared) to.unsigned(MOST_PAGES)
    }),
    function: list(functions, (to, _, i) => to.unsigned(i)),
    global: list(Array.from({ length: globals }), (to) =>
      to.all([valueTypes.i32, 1, opcodes['i32.const'], 0, opcodes.end]),
    ),
    export: list(Object.entries(exports), (to, [name, code]) =>
      to.text(name).byte(0).unsigned(functions.indexOf(code)),
    ),
    code: list(functions, (to, code) => to.sized(code.body())),
    name: new Bytes()
      .text('name')
      .byte(1)
      .sized(list(functions, (to, { name }, i) => to.unsigned(i).text(name))),
  }
  const bytes = new Bytes().all(MAGIC)
  for (const [name, content] of Object.entries(contents))
    bytes.byte(sections[name as keyof typeof sections]).sized(content)
  return bytes.view().slice()
}
