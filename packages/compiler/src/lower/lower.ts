/**
 * A program as kernels: the groups that `fuse/` finds, each written by the rule of its root. What the program hands on as
 * its carry is computed in the carry's own memory where nothing reads the old one later, else copied at the end.
 */
import { elementCount } from '@isograd/core/backend'
import type { OpName, Program, ProgramOutput, ValueId } from '@isograd/core/ir'
import { type Group, groupsOf, roleOf } from '../fuse/groups.js'
import { basesOf, knownOf, type Values, valuesOf } from '../fuse/values.js'
import { isWhole, rowMajor } from '../fuse/view.js'
import type { Buffer, Kernel, LoopProgram, Statement } from '../loops/loops.js'
import { elementsOf } from './body.js'
import { convolve, convolveData, convolveFilter } from './convolutions.js'
import { copyInto, loopsOver } from './loops-over.js'
import { argMax, concat, copy, logSoftmax, oneHot, scatterAddRows } from './moves.js'
import { maxPool, maxPoolData, sumPool, sumPoolData } from './poolings.js'
import { memoryOf, products } from './products.js'
import { isStored } from './stored.js'
import { sums } from './sums.js'
import { elementTypes, KernelWriter, ProgramWriter, type Rule } from './writer.js'

/** Elementwise nodes alone. */
const elements: Rule = (kernel, group) => loopsOver(kernel, elementsOf(kernel, group, isStored(kernel, group)))

/** The rule of each operation that is the root of a group; elementwise ones have a table of their own. */
const roots = {
  matmul: products,
  convolve,
  convolveData,
  convolveFilter,
  reduceSum: sums,
  reduceMax: sums,
  maxPool,
  maxPoolData,
  sumPool,
  sumPoolData,
  concat,
  scatterAddRows,
  oneHot,
  argMax,
  logSoftmax,
  reshape: copy,
} satisfies Partial<Record<OpName, Rule>>

const rules: Partial<Record<OpName, Rule>> = roots

/** Operations with a rule for roots. */
export type RootOp = keyof typeof roots

function ruleOf({ root }: Group): Rule {
  if (root === undefined) return elements
  const rule = rules[root.op]
  if (rule === undefined) throw new Error(`no rule for ${root.op}`)
  return rule
}

/** The first operation by its name, and the parts of the computation that the others belong to. */
function nameOf({ nodes, root }: Group): string {
  const first = root ?? nodes[0]
  const parts = nodes.filter((node) => node !== first).map(({ name }) => name.split('/').slice(0, -1).join('/'))
  return [first?.name ?? '', ...new Set(parts)].filter((part) => part !== '').join(', ')
}

/** Readers of the memory of a carry: groups that read it in another way than the element that they write. */
function readsOtherwise({ values, group, base }: { values: Values; group: Group; base: ValueId }): boolean {
  return group.nodes.some((node) =>
    node.inputs.some((id) => {
      const source = knownOf(values.sources, id)
      if (source.kind === 'number' || source.view.base !== base) return false
      const { shape } = knownOf(values.types, base)
      const isSame = isWhole(source.view, shape) && String(source.view.shape) === String(group.shape)
      return roleOf(node) !== 'element' || node.op === 'gatherRows' || !isSame
    }),
  )
}

/** Where values are computed, and where their memory is read last, by the number of the group. */
function placesIn(values: Values, groups: readonly Group[]) {
  const [made, read] = [new Map<ValueId, number>(), new Map<ValueId, number>()]
  for (const [at, { nodes }] of groups.entries()) {
    for (const { id, inputs } of nodes) {
      made.set(id, at)
      for (const input of inputs) for (const base of basesOf(knownOf(values.sources, input))) read.set(base, at)
    }
  }
  return { made, read }
}

/** Lets groups write the new carry over the old one, where nothing reads the old one afterwards. */
function writeInPlace(writer: ProgramWriter, groups: readonly Group[]): void {
  const { values } = writer
  const { program } = values
  const taken = new Set<ValueId>()
  const { made, read } = placesIn(values, groups)
  const before = new Map(program.inputs.carry.map((input) => [input.name, input]))
  for (const { name, value } of program.outputs.carry) {
    const old = before.get(name)
    const source = knownOf(values.sources, value)
    if (old === undefined || source.kind === 'number' || taken.has(source.view.base)) continue
    const { base } = source.view
    const at = made.get(base)
    const group = at === undefined ? undefined : groups[at]
    const isPlain = isWhole(source.view, knownOf(values.types, base).shape)
    const canBe = writesOnce(group) && isPlain && isSameMemory(writer, base, old.id)
    if (at === undefined || group === undefined || !canBe || readsOtherwise({ values, group, base: old.id })) continue
    if (Number(read.get(old.id)) > at || values.outputs.has(old.id)) continue
    taken.add(base)
    writer.redirect(base, writer.bufferOf(old.id))
  }
}

/** Groups that store each element once, after having read what they read at its place. */
const writesOnce = (group: Group | undefined): boolean =>
  group !== undefined && (group.root === undefined || group.root.op === 'matmul' || group.root.op === 'convolve')

const isSameMemory = (writer: ProgramWriter, base: ValueId, old: ValueId): boolean => {
  const [a, b] = [writer.bufferOf(base), writer.bufferOf(old)]
  return a.type === b.type && a.length === b.length
}

/** Copies at the end of a step: outputs into their places. Whatever reads a carry comes before what writes one. */
function outputsOf(writer: ProgramWriter): Kernel[] {
  const { program, types } = writer.values
  const kernel = new KernelWriter(writer)
  const [first, writes, late]: [Statement[], Statement[], Statement[]] = [[], [], []]
  const carries = new Set(program.inputs.carry.map(({ id }) => writer.bufferOf(id).id))
  const put = ({ value }: ProgramOutput, to: Buffer): void => {
    const { access, shape, before } = memoryOf(kernel, value)
    if (access.buffer === to && isWhole({ base: value, shape, ...access }, shape)) return
    first.push(...before)
    if (to.space === 'y') return void first.push(...copyInto(kernel, shape, access, to))
    if (!carries.has(access.buffer.id)) return void writes.push(...copyInto(kernel, shape, access, to))
    const away = writer.buffer(`${to.name}/next`, to.type, elementCount(shape))
    first.push(...copyInto(kernel, shape, access, away))
    late.push(...copyInto(kernel, shape, { buffer: away, offset: 0, strides: rowMajor(shape) }, to))
  }
  for (const [index, output] of program.outputs.ys.entries()) {
    const { dtype, shape } = knownOf(types, output.value)
    put(output, writer.buffer(output.name, elementTypes[dtype], elementCount(shape), 'y', index))
  }
  const places = new Map(program.inputs.carry.map(({ id, name }) => [name, writer.bufferOf(id)]))
  for (const output of program.outputs.carry) {
    const to = places.get(output.name)
    if (to !== undefined) put(output, to)
  }
  const body = [...first, ...writes, ...late]
  return body.length === 0 ? [] : [{ name: 'outputs', locals: kernel.locals, body }]
}

/** Operations that take computing, and that none of the groups with code computes. */
export function uncoveredBy({ computed }: Values, groups: readonly Group[]): number {
  const covered = new Set(groups.flatMap(({ nodes }) => nodes))
  return computed.filter((node) => !covered.has(node)).length
}

/** A program for so many rows in its batch as kernels. @throws Error where an operation has no rule. */
export function lower(program: Program, batch: number): LoopProgram & { readonly carry: readonly Buffer[] } {
  const values = valuesOf(program, batch)
  const groups = groupsOf(values)
  const writer = new ProgramWriter(values)
  writeInPlace(writer, groups)
  const kernels = groups.map((group): Kernel => {
    const kernel = new KernelWriter(writer)
    const body = ruleOf(group)(kernel, group)
    return { name: nameOf(group), locals: kernel.locals, body }
  })
  const all = [...kernels, ...outputsOf(writer)].filter(({ body }) => body.length > 0)
  const carry = program.inputs.carry.map(({ id }) => writer.bufferOf(id))
  const written = groups.filter((_, i) => Number(kernels[i]?.body.length) > 0)
  return { name: program.name, kernels: all, faults: writer.faults, uncovered: uncoveredBy(values, written), carry }
}
