/** Loop programs as one C text: a function for each kernel, in the order in which a step calls them. */
import { internalError } from '@isograd/core/backend'
import type { Buffer, Kernel, LoopProgram } from '../loops/loops.js'
import type { MemoryPlan } from '../memory/plan.js'
import { door } from './door.js'
import { pointer } from './expressions.js'
import type { Machine } from './machine.js'
import { indented, type Output } from './output.js'
import { prelude } from './prelude.js'
import { writeBody } from './statements.js'
import { buffersIn } from './walk.js'

/** A program with its memory. */
export interface Planned {
  readonly program: LoopProgram
  readonly plan: MemoryPlan
}

/** How code treats numbers. */
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
function placeOf(buffer: Buffer, { offsets }: MemoryPlan): string {
  const { space, index, length, id, name } = buffer
  const type = elementTypes[buffer.type]
  if (space === 'constant') return `(${type} *)c[${index}]`
  if (space !== 'arena') return `(${type} *)${space}[${index}] + s * ${length}`
  const offset = offsets.get(id)
  if (offset === undefined) throw internalError(`native: the plan has no place for ${name}`)
  return `(${type} *)(m + ${offset})`
}

const pointers =
  (plan: MemoryPlan) =>
  (buffers: readonly Buffer[]): string[] =>
    buffers.map(
      (buffer) =>
        `${elementTypes[buffer.type]} *const ${pointer(buffer)} = ${placeOf(buffer, plan)}; ${comment(buffer.name)}`,
    )

function kernelText(kernel: Kernel, name: string, shared: Pick<Output, 'machine' | 'functions' | 'pointers'>): string {
  const own: string[] = []
  const out: Output = { ...shared, kernel: name, own, write: writeBody }
  const body = writeBody(kernel.body, { loops: new Set(), varying: new Set() }, out)
  return [
    comment(kernel.name),
    ...own,
    `CODE void ${name}(ENV) {`,
    ...indented([...shared.pointers(buffersIn(kernel.body)), ...body]),
    '}',
  ].join('\n')
}

function programText(
  { program, plan }: Planned,
  number: number,
  shared: Pick<Output, 'machine' | 'functions'>,
): string {
  const names = program.kernels.map((_, k) => `p${number}_k${k}`)
  const kernels = program.kernels.map((kernel, k) =>
    kernelText(kernel, names[k] ?? '', { ...shared, pointers: pointers(plan) }),
  )
  return [
    comment(program.name),
    ...kernels,
    `CODE void p${number}(ENV) {`,
    ...names.map((name) => `  ${name}(GIVEN);`),
    '}',
  ].join('\n\n')
}

/** The C text of programs; the object's `run` takes their number. */
export function emitC(programs: readonly Planned[], machine: Machine, { contracts, flushes }: Mode): string {
  const functions = new Map<string, string>()
  const texts = programs.map((program, number) => programText(program, number, { machine, functions }))
  return `${[prelude(machine, contracts), ...functions.values(), ...texts, door(programs.length, machine, flushes)].join('\n\n')}\n`
}
