/** Cases of things that change no result (other programs, labels, notes, orders of names) and of memory that is not shared. */
import { Builder } from '../../ir/builder.js'
import { gradient } from '../../ir/gradient.js'
import type { Program } from '../../ir/program.js'
import { allocate, type FloatDType, type Tensor, tensor, type TensorMap } from '../../tensor.js'
import { type BehaviourCase, type CaseData, CaseFailure, type ScanInput } from '../case.js'
import { requireSameBits } from '../compare.js'
import { type Check, compiled, contractCase } from '../contract-case.js'
import { recurrence, recurrenceInput } from '../recurrence.js'
import { copy } from './contract.js'
import { requireRejection } from './refusals.js'
import { straight } from './scan.js'

function named(role: string, map: TensorMap): [string, Tensor][] {
  return Object.entries(map).map(([name, one]) => [`${role} "${name}"`, one])
}

function outputsOf({ carry, ys }: { readonly carry: TensorMap; readonly ys: TensorMap }): TensorMap {
  return Object.fromEntries([...named('carry', carry), ...named('ys', ys)])
}

/** Requires a program to give the same bits as another that may differ from it in nothing that counts. */
async function requireSame(
  what: string,
  backend: Parameters<Check>[0],
  [data, other]: readonly [CaseData, CaseData],
): Promise<void> {
  const run = (one: CaseData): Promise<TensorMap> =>
    compiled(backend, one, async (executable) => {
      const { carry, xs } = one.scans[0] as ScanInput
      return outputsOf(await executable.scan(carry, xs))
    })
  requireSameBits(what, await run(other), await run(data))
}

const STEPS = 4
const TEXTS = ['update', 'ünïcode', 'a stage of its own', '__proto__', 'loss']

function text(i: number): string {
  return TEXTS[i % TEXTS.length] as string
}

const checkLabels: Check = async (backend, dtype) => {
  const data = recurrence(dtype, STEPS)
  const labelled: Program = {
    ...data.program,
    nodes: data.program.nodes.map((node, i) => ({
      ...node,
      name: `${text(i)} ${i}`,
      stage: i % 2 ? '' : text(i),
      layer: text(i + 2),
    })),
  }
  await requireSame('under other names, stages and layers', backend, [data, { ...data, program: labelled }])
}

function reversed<T>(map: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(map).toReversed())
}

const checkOrder: Check = async (backend, dtype) => {
  const data = straight(dtype)
  const { inputs, outputs } = data.program
  const turned: Program = {
    ...data.program,
    inputs: { ...inputs, xs: inputs.xs.toReversed() },
    outputs: { carry: outputs.carry.toReversed(), ys: outputs.ys.toReversed() },
  }
  const scans = data.scans.map(({ carry, xs }) => ({ carry: reversed(carry), xs: reversed(xs) }))
  await requireSame('with inputs and outputs in another order', backend, [data, { ...data, program: turned, scans }])
}

/** Two gradients of the same shape, each noted as that of the other value. */
function misnoted(dtype: FloatDType): CaseData {
  const b = new Builder('misnoted')
  const [v, w] = [b.carry('v', { dtype, shape: [3] }), b.carry('w', { dtype, shape: [3] })]
  const x = b.xs('x', { dtype, shape: [3] })
  const loss = b.reduceSum(b.add(b.mul(v, x), b.mul(b.mul(w, w), x)))
  const [ofV = v, ofW = w] = gradient(b, loss, [v, w])
  const program = b.finish({ carry: { v, w }, ys: { loss, ofV, ofW } })
  const swapped = program.gradients?.map((note, i, notes) => ({
    ...note,
    gradient: (notes[1 - i] ?? note).gradient,
  }))
  const three = (start: number): Tensor => tensor(dtype, [3], [start, start + 1, start + 2])
  const xs = { x: tensor(dtype, [1, 3], [2, 3, 4]) }
  return {
    program: { ...program, ...(swapped && { gradients: swapped }) },
    constants: {},
    scans: [{ carry: { v: three(1), w: three(5) }, xs }],
  }
}

const checkNotes: Check = async (backend, dtype) => {
  if (backend.info.options['gradients'] !== undefined) return
  const noted = misnoted(dtype)
  const { gradients: _, ...plain } = noted.program
  const what = 'info.options names no differentiation of its own, but what notes say of gradients changes'
  await requireSame(what, backend, [{ ...noted, program: plain }, noted])
}

const ALIVE = 40

/** y = x + i, one program for each i, all of them alive. */
const checkMany: Check = async (backend, dtype) => {
  const adding = (i: number): Program => {
    const b = new Builder(`adding ${i}`)
    return b.finish({ carry: {}, ys: { y: b.add(b.xs('x', { dtype, shape: [2] }), b.constant(i, dtype)) } })
  }
  const xs = { x: tensor(dtype, [1, 2], [10, 20]) }
  const executables = []
  try {
    // oxlint-disable-next-line no-await-in-loop -- a backend is used one call at a time
    for (let i = 0; i < ALIVE; i++) executables.push(await backend.compile(adding(i), {}))
    for (const [i, executable] of executables.entries()) {
      // oxlint-disable-next-line no-await-in-loop
      const { ys } = await executable.scan({}, xs)
      requireSameBits(`program ${i} of ${ALIVE}`, ys, { y: tensor(dtype, [1, 2], [10 + i, 20 + i]) })
    }
  } finally {
    // oxlint-disable-next-line no-await-in-loop
    for (const executable of executables) await executable.dispose()
  }
}

function bufferFault(buffer: ArrayBufferLike, others: ReadonlyMap<ArrayBufferLike, string>): string | undefined {
  if (!(buffer instanceof ArrayBuffer)) return 'does not lie in an ArrayBuffer'
  const other = others.get(buffer)
  return other && `shares its memory with ${other}`
}

/** Every tensor in memory of its own, which may be taken away: so it is handed to another thread. */
const checkApart: Check = async (backend, dtype) => {
  const data = straight(dtype)
  const { carry, xs } = data.scans[0] as ScanInput
  await compiled(backend, data, async (executable) => {
    const first = outputsOf(await executable.scan(carry, xs))
    const kept = copy(first)
    const seen = new Map(
      Object.entries(outputsOf({ carry, ys: { ...xs, ...data.constants } })).map(([name, one]) => [
        one.data.buffer,
        `the given ${name}`,
      ]),
    )
    for (const [name, { data: elements }] of Object.entries(first)) {
      const fault = bufferFault(elements.buffer, seen)
      if (fault !== undefined) throw new CaseFailure(`${name} ${fault}`)
      seen.set(elements.buffer, name)
    }
    for (const { data: elements } of Object.values(first)) {
      structuredClone(elements.buffer, { transfer: [elements.buffer as ArrayBuffer] })
    }
    const again = outputsOf(await executable.scan(carry, xs))
    requireSameBits('a scan after the memory of the last results was handed to another thread', again, kept)
  })
}

/** Rows 0 .. 4 of a table, by numbers that are given; or the table's two rows as rows of those numbers. */
function numbered(dtype: FloatDType, op: 'gatherRows' | 'scatterAddRows'): CaseData {
  const b = new Builder(op)
  const count = op === 'gatherRows' ? 5 : 2
  const table = b.constants('table', { dtype, shape: [count, 2] })
  const rows = b.xs('rows', { dtype: 'int32', shape: [2] })
  const y = op === 'gatherRows' ? b.gatherRows(table, rows) : b.scatterAddRows(table, rows, 5)
  const data = allocate('float64', 2 * count).map((_, i) => i)
  return {
    program: b.finish({ carry: {}, ys: { y } }),
    constants: { table: tensor(dtype, [count, 2], data) },
    scans: [],
  }
}

function rowsOf(row: number): TensorMap {
  return { rows: tensor('int32', [1, 2], [4, row]) }
}

/** The sign of a zero is not looked at. */
function withoutSignedZeros(tensors: TensorMap): TensorMap {
  const entries = Object.entries(tensors).map(([name, { dtype, shape, data }]) => {
    return [
      name,
      tensor(
        dtype,
        shape,
        Array.from(data, (value) => value + 0),
      ),
    ] as const
  })
  return Object.fromEntries(entries)
}

const checkRows =
  (op: 'gatherRows' | 'scatterAddRows', expected: (dtype: FloatDType) => Tensor): Check =>
  async (backend, dtype) => {
    await compiled(backend, numbered(dtype, op), async (executable) => {
      for (const row of [5, -1, 2 ** 31 - 1, -(2 ** 31)]) {
        // oxlint-disable-next-line no-await-in-loop
        await requireRejection(`row ${row} of 5`, () => executable.scan({}, rowsOf(row)), ['InputError'])
      }
      const { ys } = await executable.scan({}, rowsOf(0))
      requireSameBits('a scan after rejected ones', withoutSignedZeros(ys), { y: expected(dtype) })
    })
  }

const checkGathered = checkRows('gatherRows', (dtype) => tensor(dtype, [1, 2, 2], [8, 9, 0, 1]))
const checkScattered = checkRows('scatterAddRows', (dtype) => tensor(dtype, [1, 5, 2], [2, 3, 0, 0, 0, 0, 0, 0, 0, 1]))

/** The tensors as views that begin at an odd place of a larger buffer. */
function within(map: TensorMap): TensorMap {
  return Object.fromEntries(
    Object.entries(map).map(([name, one]) => {
      const larger = allocate(one.dtype, one.data.length + 3).fill(7)
      larger.set(one.data, 1)
      return [name, { ...one, data: larger.subarray(1, one.data.length + 1) } as Tensor]
    }),
  )
}

const checkViews: Check = async (backend, dtype) => {
  const data = recurrence(dtype, STEPS)
  const { carry, xs } = recurrenceInput(dtype, STEPS)
  await requireSame('with tensors that are views of larger memory', backend, [
    { ...data, scans: [{ carry, xs }] },
    { ...data, constants: within(data.constants), scans: [{ carry: within(carry), xs: within(xs) }] },
  ])
}

/** Cases of what results do not depend on, and of what they share. */
export function promiseCases(): BehaviourCase[] {
  return [
    ...contractCase('labels', 'names, stages and layers of nodes are any text and change nothing', checkLabels),
    ...contractCase('any-order', 'inputs and outputs may stand in any order', checkOrder),
    ...contractCase('views', 'tensors may be views of larger memory', checkViews),
    ...contractCase('gradient-notes', 'notes of gradients change nothing, unless info.options says so', checkNotes),
    ...contractCase('many-programs', `${ALIVE} executables alive at once`, checkMany),
    ...contractCase('results-apart', 'no two results share memory, and each can be taken away', checkApart),
    ...contractCase('bad-rows', 'a row that does not exist rejects with InputError', checkGathered),
    ...contractCase(
      'bad-scattered-rows',
      'a row to add to that does not exist rejects with InputError',
      checkScattered,
    ),
  ]
}
