/** Loop programs as one C text: a function for each kernel, in the order in which a step calls them. */
import { internalError } from '@isograd/core/backend'
import { callsOf, type Place } from '../loops/alike.js'
import { type Buffer, bytesOf, type Kernel, type LoopProgram } from '../loops/loops.js'
import { type SharedKernel, sharesOf } from '../loops/shares.js'
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
  /** The least work that threads share, where it is not the usual. */
  readonly leastWork?: number
}

type Shared = Pick<Output, 'machine' | 'functions'> & Pick<Mode, 'leastWork'>

/** Text that a comment cannot end early. */
const comment = (text: string): string => `/* ${text.replaceAll('*/', '* /').replaceAll(/[^\x20-\x7e]/g, '?')} */`

const elementTypes: Readonly<Record<Buffer['type'], string>> = {
  f32: 'f32',
  f64: 'f64',
  i32: 'i32',
  u8: 'u8',
  bool: 'u8',
}

/** Where memory begins: known in the arena; a tensor of a step lies behind those of the steps before. */
function placeOf({ buffer, element }: Place, { offsets }: MemoryPlan): string {
  const { space, index, length, id, name, type } = buffer
  const further = element * bytesOf[type]
  const behind = further === 0 ? '' : ` + ${further}`
  if (space === 'constant') return `c[${index}]${behind}`
  if (space !== 'arena') return `${space}[${index}] + s * ${length * bytesOf[type]}${behind}`
  const offset = offsets.get(id)
  if (offset === undefined) throw internalError(`native: the plan has no place for ${name}`)
  return `m + ${offset + further}`
}

/** Declares pointers to buffers of a kernel, which is given the places of all of them. */
const pointers =
  (all: readonly Buffer[]) =>
  (buffers: readonly Buffer[]): string[] =>
    buffers.map((buffer) => {
      const type = elementTypes[buffer.type]
      return `${type} *const ${pointer(buffer)} = (${type} *)places[${all.indexOf(buffer)}]; ${comment(buffer.name)}`
    })

function kernelText(kernel: Kernel, { parts, isShared }: SharedKernel, name: string, shared: Shared): string {
  const own: string[] = []
  const buffers = buffersIn(kernel.body)
  const out: Output = {
    ...shared,
    pointers: pointers(buffers),
    kernel: name,
    own,
    parts: new Map(isShared ? parts.map((part) => [part.statement, part]) : []),
    dealt: new Set(parts.flatMap(({ by }) => (typeof by === 'object' ? [by] : []))),
    write: writeBody,
  }
  const body = writeBody(kernel.body, { loops: new Set(), varying: new Set() }, out)
  return [
    comment(kernel.name),
    ...own,
    `CODE void ${name}(ENV) {`,
    ...indented([...out.pointers(buffers), ...body]),
    '}',
  ].join('\n')
}

function shareOf(shares: readonly SharedKernel[], kernel: number): SharedKernel {
  const share = shares[kernel]
  if (share === undefined) throw internalError(`native: nobody computes kernel ${kernel}`)
  return share
}

/** A program: a function for each shape of its kernels, and one that calls them on their memory. */
function programText({ program, plan }: Planned, number: number, shared: Shared): string {
  const nameOf = (kernel: number): string => `p${number}_k${kernel}`
  const { kernels, calls } = callsOf(program.kernels)
  const shares = sharesOf(program, plan, shared.leastWork)
  const lines = calls.flatMap(({ name, kernel, places }, i) => {
    const given = places.map((place) => placeOf(place, plan)).join(', ')
    const call = `{ u8 *const places[] = {${given}}; ${nameOf(kernel)}(GIVEN); } ${comment(name)}`
    const { waits, isShared } = shareOf(shares, i)
    return [...(waits ? ['MEET;'] : []), isShared ? call : `if (w->thread == 0) ${call}`]
  })
  const step = [`CODE void p${number}(STEP) {`, ...indented(lines), '}'].join('\n')
  const texts = kernels.map((kernel, i) =>
    kernelText(kernel, shareOf(shares, program.kernels.indexOf(kernel)), nameOf(i), shared),
  )
  return [comment(program.name), ...texts, step].join('\n\n')
}

/** The C text of programs; the object's `run` takes their number. */
export function emitC(programs: readonly Planned[], machine: Machine, { contracts, flushes, ...rest }: Mode): string {
  const functions = new Map<string, string>()
  const texts = programs.map((program, number) => programText(program, number, { ...rest, machine, functions }))
  return `${[prelude(machine, contracts), ...functions.values(), ...texts, door(programs.length, machine, flushes)].join('\n\n')}\n`
}
