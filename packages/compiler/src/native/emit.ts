/** Loop programs as one C text: a function for each kernel, in the order in which a step calls them. */
import { internalError } from '@isograd/core/backend'
import { shapeOf } from '../loops/alike.js'
import { type Buffer, bytesOf, type Kernel, type LoopProgram } from '../loops/loops.js'
import type { MemoryPlan } from '../memory/plan.js'
import { door } from './door.js'
import { pointer } from './expressions.js'
import type { Machine } from './machine.js'
import { indented, type Output } from './output.js'
import { prelude } from './prelude.js'
import { writeBody } from './statements.js'
import { buffersIn } from '../loops/walk.js'

/** A program with its memory. */
export interface Planned {
  readonly program: LoopProgram
  readonly plan: MemoryPlan
}

/** The treatment of numbers by code. */
export interface Mode {
  /** True where products of matrices add with one rounding, if the machine can. */
  readonly contracts: boolean
  /** True where numbers below the smallest normal one are taken as 0. */
  readonly flushes: boolean
}

/** Text that a comment cannot end early. */
const comment = (text: string): string => `/* ${text.replaceAll('*/', '* /').replaceAll(/[^\x20-\x7e]/g, '?')} */`

const elementTypes: Readonly<Record<Buffer['type'], string>> = {
  f32: 'f32',
  f64: 'f64',
  i32: 'i32',
  u8: 'u8',
  bool: 'u8',
}

/** Where a buffer begins: known in the arena; a tensor of a step lies behind those of the steps before. */
function placeOf({ space, index, length, id, name, type }: Buffer, { offsets }: MemoryPlan): string {
  if (space === 'constant') return `c[${index}]`
  if (space !== 'arena') return `${space}[${index}] + s * ${length * bytesOf[type]}`
  const offset = offsets.get(id)
  if (offset === undefined) throw internalError(`native: the plan has no place for ${name}`)
  return `m + ${offset}`
}

/** Declares pointers to buffers of a kernel, which is given the places of all of them. */
const pointers =
  (all: readonly Buffer[]) =>
  (buffers: readonly Buffer[]): string[] =>
    buffers.map((buffer) => {
      const type = elementTypes[buffer.type]
      return `${type} *const ${pointer(buffer)} = (${type} *)places[${all.indexOf(buffer)}]; ${comment(buffer.name)}`
    })

function kernelText(kernel: Kernel, name: string, shared: Pick<Output, 'machine' | 'functions'>): string {
  const own: string[] = []
  const buffers = buffersIn(kernel.body)
  const out: Output = { ...shared, pointers: pointers(buffers), kernel: name, own, write: writeBody }
  const body = writeBody(kernel.body, { loops: new Set(), varying: new Set() }, out)
  return [
    comment(kernel.name),
    ...own,
    `CODE void ${name}(ENV) {`,
    ...indented([...out.pointers(buffers), ...body]),
    '}',
  ].join('\n')
}

/** A program: a function for each shape of its kernels, and one that calls them on their memory. */
function programText(
  { program, plan }: Planned,
  number: number,
  shared: Pick<Output, 'machine' | 'functions'>,
): string {
  const written = new Map<string, { readonly name: string; readonly text: string }>()
  const calls = program.kernels.map((kernel) => {
    const buffers = buffersIn(kernel.body)
    const shape = shapeOf(kernel, buffers)
    const name = written.get(shape)?.name ?? `p${number}_k${written.size}`
    if (!written.has(shape)) written.set(shape, { name, text: kernelText(kernel, name, shared) })
    const places = buffers.map((buffer) => placeOf(buffer, plan))
    return `{ u8 *const places[] = {${places.join(', ')}}; ${name}(GIVEN); } ${comment(kernel.name)}`
  })
  const kernels = [...written.values()].map(({ text }) => text)
  return [comment(program.name), ...kernels, [`CODE void p${number}(STEP) {`, ...indented(calls), '}'].join('\n')].join(
    '\n\n',
  )
}

/** The C text of programs; the object's `run` takes their number. */
export function emitC(programs: readonly Planned[], machine: Machine, { contracts, flushes }: Mode): string {
  const functions = new Map<string, string>()
  const texts = programs.map((program, number) => programText(program, number, { machine, functions }))
  return `${[prelude(machine, contracts), ...functions.values(), ...texts, door(programs.length, machine, flushes)].join('\n\n')}\n`
}
