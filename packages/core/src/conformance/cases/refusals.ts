/** Refusals, with the error and what it must name: tensors that do not fit, programs that cannot be, the disposed. */
import type { Backend } from '../../backend/contract.js'
import type { Program } from '../../ir/program.js'
import { allocate, type FloatDType, type Tensor, type TensorMap } from '../../tensor.js'
import { type BehaviourCase, CaseFailure } from '../case.js'
import { requireSameBits } from '../compare.js'
import { type Check, compiled, contractCase } from '../contract-case.js'
import { recurrence, recurrenceInput, recurrenceProgram } from '../recurrence.js'

/** Requires a rejection, optionally by an error class and with words in its message. */
export async function requireRejection(
  what: string,
  attempt: () => Promise<unknown>,
  names: readonly string[],
  words: readonly string[] = [],
): Promise<void> {
  let error: unknown
  try {
    await attempt()
  } catch (caught) {
    error = caught
  }
  const expected = names.length === 0 ? 'an error' : names.join(' or ')
  if (error === undefined) throw new CaseFailure(`${what}: expected ${expected}, got no error`)
  if (!(error instanceof Error)) throw new CaseFailure(`${what}: expected ${expected}, got ${typeof error}`)
  if (names.length > 0 && !names.includes(error.name)) {
    throw new CaseFailure(`${what}: expected ${expected}, got ${error.name}: ${error.message}`)
  }
  const silent = words.filter((word) => !error.message.includes(word))
  if (silent.length > 0) throw new CaseFailure(`${what}: the message lacks "${silent.join('", "')}": ${error.message}`)
}

const checkDisposed: Check = async (backend, dtype) => {
  const { program, constants } = recurrence(dtype, 1)
  const { carry, xs } = recurrenceInput(dtype, 1)
  const executable = await backend.compile(program, constants)
  await executable.scan(carry, xs)
  await executable.dispose()
  await executable.dispose()
  await requireRejection('scan after dispose', () => executable.scan(carry, xs), [])
}

interface BadInput {
  readonly what: string
  readonly carry: TensorMap
  readonly xs: TensorMap
  /** The tensor that the message must name. */
  readonly culprit: string
}

function without(map: TensorMap, name: string): TensorMap {
  return Object.fromEntries(Object.entries(map).filter(([key]) => key !== name))
}

function replaced(map: TensorMap, name: string, by: Tensor | undefined): TensorMap {
  return by === undefined ? without(map, name) : { ...map, [name]: by }
}

function badInputs(dtype: FloatDType): BadInput[] {
  const { carry, xs } = recurrenceInput(dtype, 2)
  const [otherBatch, otherSteps] = [recurrenceInput(dtype, 2, 3).xs, recurrenceInput(dtype, 3).xs]
  const extra: Tensor = { dtype, shape: [2], data: allocate(dtype, 2) } as Tensor
  const integers: Tensor = { dtype: 'int32', shape: [2, 4, 3], data: new Int32Array(24) }
  const narrow = { dtype, shape: [2, 4, 2], data: allocate(dtype, 16) } as Tensor
  const flat = { dtype, shape: [2, 12], data: allocate(dtype, 24) } as Tensor
  const long = { dtype, shape: [6], data: allocate(dtype, 6) } as Tensor
  return [
    { what: 'a missing carry', carry: {}, xs, culprit: 'h' },
    { what: 'a missing x', carry, xs: without(xs, 'x'), culprit: 'x' },
    { what: 'an x of another batch', carry, xs: replaced(xs, 'gain', otherBatch['gain']), culprit: 'gain' },
    { what: 'an x of another number of steps', carry, xs: replaced(xs, 'gain', otherSteps['gain']), culprit: 'gain' },
    { what: 'a superfluous carry', carry: { ...carry, extra }, xs, culprit: 'extra' },
    { what: 'a superfluous x', carry, xs: { ...xs, extra }, culprit: 'extra' },
    { what: 'an x of another dtype', carry, xs: replaced(xs, 'x', integers), culprit: 'x' },
    { what: 'an x of another width', carry, xs: replaced(xs, 'x', narrow), culprit: 'x' },
    { what: 'an x of another rank', carry, xs: replaced(xs, 'x', flat), culprit: 'x' },
    { what: 'a carry of another shape', carry: { h: long }, xs, culprit: 'h' },
  ]
}

const checkBadInputs: Check = async (backend, dtype) => {
  const { carry, xs } = recurrenceInput(dtype, 2)
  await compiled(backend, recurrence(dtype, 2), async (executable) => {
    const before = await executable.scan(carry, xs)
    for (const bad of badInputs(dtype)) {
      // oxlint-disable-next-line no-await-in-loop -- a backend is used one call at a time
      await requireRejection(bad.what, () => executable.scan(bad.carry, bad.xs), ['InputError'], [`"${bad.culprit}"`])
    }
    requireSameBits('a scan after rejected ones', (await executable.scan(carry, xs)).ys, before.ys)
  })
}

const checkBadConstants: Check = async (backend, dtype) => {
  const { program, constants } = recurrence(dtype, 1)
  const extra = { dtype, shape: [2], data: allocate(dtype, 2) } as Tensor
  const narrow = { dtype, shape: [3, 4], data: allocate(dtype, 12) } as Tensor
  // A backend that lacks an operation of this program is unsupported here, and has nothing to show.
  await (await backend.compile(program, constants)).dispose()
  const reject = (what: string, given: TensorMap, culprit: string): Promise<void> =>
    requireRejection(what, () => backend.compile(program, given), ['InputError'], [`"${culprit}"`])
  await reject('compile without a constant', {}, 'w')
  await reject('compile with a superfluous constant', { ...constants, extra }, 'extra')
  await reject('compile with a constant of another shape', { w: narrow }, 'w')
}

/** A program that breaks a rule: its first node is gone. */
function broken(program: Program): Program {
  return { ...program, nodes: program.nodes.slice(1) }
}

/** A program with an operation that no backend has. */
function foreign(program: Program): Program {
  const [first, ...rest] = program.nodes
  return { ...program, nodes: [{ ...first, op: 'noSuchOperation' } as unknown as Program['nodes'][number], ...rest] }
}

const checkBadPrograms: Check = async (backend, dtype) => {
  const { program, constants } = recurrence(dtype, 1)
  await requireRejection('a broken program', () => backend.compile(broken(program), constants), ['ProgramError'])
  const compileForeign = () => backend.compile(foreign(program), constants)
  await requireRejection(
    'an unknown operation',
    compileForeign,
    ['ProgramError', 'UnsupportedOpError'],
    ['noSuchOperation'],
  )
}

/** Float64 where there is none must be refused when compiling, by operation and dtype; of operations that are there for others. */
async function checkMissingDType(backend: Backend): Promise<void> {
  if (backend.info.dtypes.includes('float64')) return
  const known = await backend.compile(recurrenceProgram('float32'), recurrence('float32', 1).constants)
  await known.dispose()
  const { constants } = recurrence('float64', 1)
  const compile = () => backend.compile(recurrenceProgram('float64'), constants)
  await requireRejection('compiling float64', compile, ['UnsupportedOpError'], ['float64'])
}

/** Cases of refusal. */
export function refusalCases(): BehaviourCase[] {
  return [
    ...contractCase('dispose', 'dispose twice is harmless, scan afterwards rejects', checkDisposed),
    ...contractCase('bad-inputs', 'tensors that do not fit reject with InputError, and nothing breaks', checkBadInputs),
    ...contractCase('bad-constants', 'constants that do not fit reject with InputError', checkBadConstants),
    ...contractCase('bad-programs', 'what no backend can compile is refused by compile', checkBadPrograms),
    ...contractCase('missing-dtype', 'a dtype not declared is refused by compile', checkMissingDType),
  ]
}
