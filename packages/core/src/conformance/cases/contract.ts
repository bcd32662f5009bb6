/** The promises of the contract about bits and memory: the same bits however often and in whatever pieces, nothing shared. */
import { allocate, rows, type Tensor, type TensorMap } from '../../tensor.js'
import type { BehaviourCase } from '../case.js'
import { requireSameBits } from '../compare.js'
import { type Check, compiled, contractCase } from '../contract-case.js'
import { recurrence, recurrenceInput } from '../recurrence.js'
import { straight } from './scan.js'

function stepsOf(map: TensorMap, start: number, stop: number): TensorMap {
  return Object.fromEntries(Object.entries(map).map(([name, tensor]) => [name, rows(tensor, start, stop)]))
}

/** A map of tensors with memory of their own. */
export function copy(map: TensorMap): TensorMap {
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
export function spoil(map: TensorMap): void {
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

/** Carries that are the given one, a constant, an x: all of them may be written to afterwards. */
const checkHandedOn: Check = async (backend, dtype) => {
  const data = straight(dtype)
  const [input] = data.scans
  if (input === undefined) return
  const before = { constants: copy(data.constants), carry: copy(input.carry), xs: copy(input.xs) }
  await compiled(backend, data, async (executable) => {
    const first = await executable.scan(input.carry, input.xs)
    const kept = { carry: copy(first.carry), ys: copy(first.ys) }
    spoil(first.carry)
    spoil(first.ys)
    requireSameBits('constants, after the result was written to', data.constants, before.constants)
    requireSameBits('carry given, after the result was written to', input.carry, before.carry)
    requireSameBits('xs given, after the result was written to', input.xs, before.xs)
    const second = await executable.scan(input.carry, input.xs)
    requireSameBits('a second scan: ys', second.ys, kept.ys)
    requireSameBits('a second scan: carry', second.carry, kept.carry)
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

/** Cases of bits and memory. */
export function contractCases(): BehaviourCase[] {
  return [
    ...contractCase('chunks', 'six steps at once, in chunks or one by one: the same bits', checkChunks),
    ...contractCase('determinism', 'the same scan twice, and by another executable: the same bits', checkDeterminism),
    ...contractCase('inputs-kept', 'constants, carry and xs are not written to', checkInputsKept),
    ...contractCase('results-owned', 'what is returned is shared with nothing', checkResultsOwned),
    ...contractCase('handed-on', 'what is handed on unchanged is shared with nothing either', checkHandedOn),
    ...contractCase('two-executables', 'two executables do not disturb each other', checkTwoExecutables),
    ...contractCase('shared-constants', 'executables share constants and are disposed of singly', checkSharedConstants),
  ]
}
