/**
 * The binary format of WebAssembly, as far as it is used: a module that imports one memory and has functions, globals of
 * type i32 and exports. https://webassembly.github.io/spec/core/binary
 */
import { type Opcode, opcodes } from './opcodes.js'

/** Types of values, by their codes. */
export const valueTypes = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const

/** Name of a type of values. */
export type ValueType = keyof typeof valueTypes

/** A type of blocks without results. */
export const EMPTY = 0x40

/** An unsigned number in LEB128, below 2^53. */
export function unsigned(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
  return [...bytes, rest]
}

/** A signed number in LEB128. */
export function signed(value: bigint): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest < -64n || rest > 63n; rest >>= 7n) bytes.push(Number(rest & 127n) + 128)
  return [...bytes, Number(rest & 127n)]
}

/** The bytes of a float or of lanes, the lowest first. */
export function bytesOfNumber(type: 'f32' | 'f64' | 'i32' | 'i64', value: number | bigint): number[] {
  const view = new DataView(new ArrayBuffer(type === 'f32' || type === 'i32' ? 4 : 8))
  const setters = {
    f32: () => view.setFloat32(0, Number(value), true),
    f64: () => view.setFloat64(0, Number(value), true),
    i32: () => view.setInt32(0, Number(value), true),
    i64: () => view.setBigInt64(0, BigInt(value), true),
  }
  setters[type]()
  return [...new Uint8Array(view.buffer)]
}

/** The code of one function while it is written; its parameters are its first locals. */
export class FunctionCode {
  readonly name: string
  readonly parameters: readonly ValueType[]
  readonly results: readonly ValueType[]
  readonly #locals: ValueType[] = []
  readonly #start: number[] = []
  readonly #code: number[] = []
  constructor(name: string, parameters: readonly ValueType[], results: readonly ValueType[]) {
    this.name = name
    this.parameters = parameters
    this.results = results
  }

  /** A new local. */
  local(type: ValueType): number {
    return this.parameters.length + this.#locals.push(type) - 1
  }

  /** An instruction with the bytes of what belongs to it. */
  op(name: Opcode, ...immediates: number[]): void {
    push(this.#code, name, immediates)
  }

  /** As `op`, before all other code. */
  atStart(name: Opcode, ...immediates: number[]): void {
    push(this.#start, name, immediates)
  }

  get(local: number): void {
    this.op('local.get', ...unsigned(local))
  }

  set(local: number): void {
    this.op('local.set', ...unsigned(local))
  }

  tee(local: number): void {
    this.op('local.tee', ...unsigned(local))
  }

  i32(value: number): void {
    this.op('i32.const', ...signed(BigInt(value | 0)))
  }

  /** A load or store at the address on the stack and a constant offset; `lane` where one is loaded or stored. */
  memory(name: Opcode, align: number, offset: number, ...lane: number[]): void {
    this.op(name, ...unsigned(align), ...unsigned(offset), ...lane)
  }

  /** The body as a module has it. */
  bytes(): number[] {
    const runs: { type: ValueType; count: number }[] = []
    for (const type of this.#locals) {
      const last = runs.at(-1)
      if (last?.type === type) last.count++
      else runs.push({ type, count: 1 })
    }
    const locals = list(runs.map(({ type, count }) => [...unsigned(count), valueTypes[type]]))
    return sized(concat([locals, this.#start, this.#code, [opcodes.end]]))
  }
}

function push(code: number[], name: Opcode, immediates: readonly number[]): void {
  const opcode: number = opcodes[name]
  if (opcode > 0xff) code.push(opcode >> 8, ...unsigned(opcode & 0xff))
  else code.push(opcode)
  code.push(...immediates)
}

const concat = (parts: readonly (readonly number[])[]): number[] => parts.flat()

const list = (items: readonly (readonly number[])[]): number[] => concat([unsigned(items.length), ...items])

const sized = (bytes: readonly number[]): number[] => concat([unsigned(bytes.length), bytes])

const text = (name: string): number[] => sized([...new TextEncoder().encode(name)])

const section = (code: number, content: readonly number[]): number[] => concat([[code], sized(content)])

/** What a module consists of. */
export interface ModuleParts {
  readonly functions: readonly FunctionCode[]
  /** Number of globals: i32, mutable, 0 at first. */
  readonly globals: number
  /** Names of exported functions. */
  readonly exports: Readonly<Record<string, FunctionCode>>
}

const MAGIC = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]

/** The bytes of a module that imports `env.memory`. Functions are called by their number in the list. */
export function moduleBytes({ functions, globals, exports }: ModuleParts): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters, results }) =>
    concat([
      [0x60],
      list(parameters.map((type) => [valueTypes[type]])),
      list(results.map((type) => [valueTypes[type]])),
    ]),
  )
  const global = [valueTypes.i32, 1, opcodes['i32.const'], 0, opcodes.end]
  const exported = Object.entries(exports).map(([name, code]) =>
    concat([text(name), [0], unsigned(functions.indexOf(code))]),
  )
  const names = list(functions.map(({ name }, i) => concat([unsigned(i), text(name)])))
  const parts = [
    MAGIC,
    section(1, list(types)),
    section(2, list([concat([text('env'), text('memory'), [2, 0, 1]])])),
    section(3, list(functions.map((_, i) => unsigned(i)))),
    section(6, list(Array.from({ length: globals }, () => global))),
    section(7, list(exported)),
    section(10, list(functions.map((code) => code.bytes()))),
    section(0, concat([text('name'), [1], sized(names)])),
  ]
  return Uint8Array.from(concat(parts))
}
