/** What the contract promises beyond values: what is not written to, what gives the same bits, what rejects and how. */
import type { Backend, Executable } from '../../backend.js'
import type { Program } from '../../ir/program.js'
import { allocate, type FloatDType, rows, type Tensor, type TensorMap } from '../../tensor.js'
import { type BehaviourCase, caseDTypes, CaseFailure, type CaseData } from '../case.js'
import { requireSameBits } from '../compare.js'
import { recurrence, recurrenceInput, recurrenceProgram } from '../recurrence.js'

type Check = (backend: Backend, dtype: FloatDType) => Promise<void>

function contractCase(name: string, about: string, check: Check): BehaviourCase[] {
  return caseDTypes.map((dtype) => ({
    kind: 'behaviour',
    id: `contract/${name}/${dtype}`,
    ops: [],
    dtype,
    about,
    check: (backend) => check(backend, dtype),
  }))
}

/** Runs `use` with a compiled program and disposes of it whatever happens. */
async function compiled<T>(backend: Backend, data: CaseData, use: (executable: Executable) => Promise<T>): Promise<T> {
  const executable = await backend.compile(data.program, data.constants)
  try {
    return await use(executable)
  } finally {
    await executable.dispose()
  }
}

function stepsOf(map: TensorMap, start: number, stop: number): TensorMap {
  return Object.fromEntries(Object.entries(map).map(([name, tensor]) => [name, rows(tensor, start, stop)]))
}

function copy(map: TensorMap): TensorMap {
  return Object.fromEntries(
    Object.entries(map).map(([name, { dtype, shape, data }]) => [name, { dtype, shape, data: data.slice() } as Tensor]),
  )
}

const STEPS = 6

const checkChunks: Check = async (backend, dtype) => {
  const { carry, xs } = recurrenceInput(dtype, STEPS)
  await compiled(backend, recurrence(dtype, STEPS), async (executable) => {
    const whole = await executable.scan(carry, xs)
    for (const chunk of [1, 2, 4]) {
      let current = carry
      for (let start = 0; start < STEPS; start += chunk) {
        const stop = Math.min(start + chunk, STEPS)
        // oxlint-disable-next-line no-await-in-loop -- each chunk needs the carry of the one before
        const part = await executable.scan(current, stepsOf(xs, start, stop))
        requireSameBits(`chunks of ${chunk}: ys`, part.ys, stepsOf(whole.ys, start, stop))
        current = part.carry
      }
      requireSameBits(`chunks of ${chunk}: carry`, current, whole.carry)
    }
  })
}

const checkDeterminism: Check = async (backend, dtype) => {
  const { carry, xs } = recurrenceInput(dtype, STEPS)
  const data = recurrence(dtype, STEPS)
  await compiled(backend, data, async (executable) => {
    const first = await executable.scan(carry, xs)
    const again = await executable.scan(carry, xs)
    requireSameBits('second scan: ys', again.ys, first.ys)
    requireSameBits('second scan: carry', again.carry, first.carry)
    const other = await compiled(backend, data, (second) => second.scan(carry, xs))
    requireSameBits('second executable: ys', other.ys, first.ys)
    requireSameBits('second executable: carry', other.carry, first.carry)
  })
}

const checkInputsKept: Check = async (backend, dtype) => {
  const data = recurrence(dtype, STEPS)
  const { carry, xs } = recurrenceInput(dtype, STEPS)
  const before = { constants: copy(data.constants), carry: copy(carry), xs: copy(xs) }
  await compiled(backend, data, (executable) => executable.scan(carry, xs))
  requireSameBits('constants after a scan', data.constants, before.constants)
  requireSameBits('carry given, after a scan', carry, before.carry)
  requireSameBits('xs given, after a scan', xs, before.xs)
}

/** Overwrites every element with 99. */
function spoil(map: TensorMap): void {
  for (const { data } of Object.values(map)) data.fill(99)
}

const checkResultsOwned: Check = async (backend, dtype) => {
  const data = recurrence(dtype, 1)
  const { carry, xs } = recurrenceInput(dtype, STEPS)
  const given = copy(carry)
  await compiled(backend, data, async (executable) => {
    const first = await executable.scan(carry, xs)
    const kept = { carry: copy(first.carry), ys: copy(first.ys) }
    const second = await executable.scan(carry, stepsOf(xs, 0, 2))
    requireSameBits('results of the first scan, after a second', first.ys, kept.ys)
    requireSameBits('carry of the first scan, after a second', first.carry, kept.carry)
    const idle = await executable.scan(carry, stepsOf(xs, 0, 0))
    for (const result of [first, second, idle]) {
      spoil(result.carry)
      spoil(result.ys)
    }
    requireSameBits('carry given, after the result was written to', carry, given)
    const third = await executable.scan(carry, xs)
    requireSameBits('a scan after results were written to: ys', third.ys, kept.ys)
    requireSameBits('a scan after results were written to: carry', third.carry, kept.carry)
  })
}

const checkTwoExecutables: Check = async (backend, dtype) => {
  const data = recurrence(dtype, STEPS)
  const negated = Object.fromEntries(
    Object.entries(data.constants).map(([name, { shape, data: values }]): [string, Tensor] => {
      const out = allocate(dtype, values.length)
      for (const [i, value] of values.entries()) out[i] = -value
      return [name, { dtype, shape, data: out } as Tensor]
    }),
  )
  const { carry, xs } = recurrenceInput(dtype, STEPS)
  await compiled(backend, data, async (first) => {
    const alone = await first.scan(carry, xs)
    await compiled(backend, { ...data, constants: negated }, async (second) => {
      const other = await second.scan(carry, xs)
      const again = await first.scan(carry, xs)
      requireSameBits('first executable while a second lives', again.ys, alone.ys)
      requireSameBits('second executable after the first ran', (await second.scan(carry, xs)).ys, other.ys)
    })
    requireSameBits('first executable after the second is disposed of', (await first.scan(carry, xs)).ys, alone.ys)
  })
}

/** Two executables that were given the same tensor objects: disposing of one leaves the other its constants. */
const checkSharedConstants: Check = async (backend, dtype) => {
  const data = recurrence(dtype, STEPS)
  const { carry, xs } = recurrenceInput(dtype, STEPS)
  await compiled(backend, data, async (executable) => {
    const before = await compiled(backend, data, (other) => other.scan(carry, xs))
    requireSameBits('after another user of the constants is gone', (await executable.scan(carry, xs)).ys, before.ys)
  })
}

/** Requires a rejection, optionally by an error class and with words in its message. */
async function requireRejection(
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

function badInputs(dtype: FloatDType): BadInput[] {
  const { carry, xs } = recurrenceInput(dtype, 2)
  const extra: Tensor = { dtype, shape: [2], data: allocate(dtype, 2) } as Tensor
  const integers: Tensor = { dtype: 'int32', shape: [2, 4, 3], data: new Int32Array(24) }
  const narrow = { dtype, shape: [2, 4, 2], data: allocate(dtype, 16) } as Tensor
  const flat = { dtype, shape: [2, 12], data: allocate(dtype, 24) } as Tensor
  const long = { dtype, shape: [6], data: allocate(dtype, 6) } as Tensor
  return [
    { what: 'a missing carry', carry: {}, xs, culprit: 'h' },
    { what: 'a missing x', carry, xs: {}, culprit: 'x' },
    { what: 'a superfluous carry', carry: { ...carry, extra }, xs, culprit: 'extra' },
    { what: 'a superfluous x', carry, xs: { ...xs, extra }, culprit: 'extra' },
    { what: 'an x of another dtype', carry, xs: { x: integers }, culprit: 'x' },
    { what: 'an x of another width', carry, xs: { x: narrow }, culprit: 'x' },
    { what: 'an x of another rank', carry, xs: { x: flat }, culprit: 'x' },
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

/** Float64 where there is none must be refused when compiling, by operation and dtype. */
async function checkMissingDType(backend: Backend): Promise<void> {
  if (backend.info.dtypes.includes('float64')) return
  const { constants } = recurrence('float64', 1)
  const compile = () => backend.compile(recurrenceProgram('float64'), constants)
  await requireRejection('compiling float64', compile, ['UnsupportedOpError'], ['float64'])
}

function checkInfo({ name, info }: Backend): void {
  const problems = [
    name === '' && 'name is empty',
    Object.keys(info.versions).length === 0 && 'info.versions is empty',
    info.device === '' && 'info.device is empty',
    !(Number.isInteger(info.threads) && info.threads >= 1) && `info.threads is ${info.threads}`,
    !info.dtypes.some((dtype) => dtype === 'float32' || dtype === 'float64') && 'info.dtypes has no float dtype',
  ].filter((problem) => problem !== false)
  if (problems.length > 0) throw new CaseFailure(problems.join('; '))
}

/** Cases of the contract. */
export function contractCases(): BehaviourCase[] {
  return [
    ...contractCase('chunks', 'six steps at once, in chunks or one by one: the same bits', checkChunks),
    ...contractCase('determinism', 'the same scan twice, and by another executable: the same bits', checkDeterminism),
    ...contractCase('inputs-kept', 'constants, carry and xs are not written to', checkInputsKept),
    ...contractCase('results-owned', 'what is returned is shared with nothing', checkResultsOwned),
    ...contractCase('two-executables', 'two executables do not disturb each other', checkTwoExecutables),
    ...contractCase('shared-constants', 'executables share constants and are disposed of singly', checkSharedConstants),
    ...contractCase('dispose', 'dispose twice is harmless, scan afterwards rejects', checkDisposed),
    ...contractCase('bad-inputs', 'tensors that do not fit reject with InputError, and nothing breaks', checkBadInputs),
    ...contractCase('bad-constants', 'constants that do not fit reject with InputError', checkBadConstants),
    ...contractCase('bad-programs', 'what no backend can compile is refused by compile', checkBadPrograms),
    ...contractCase('missing-dtype', 'a dtype not declared is refused by compile', checkMissingDType),
    ...contractCase('info', 'the backend says what it is', async (backend) => checkInfo(backend)),
  ]
}
