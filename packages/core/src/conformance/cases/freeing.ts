/** The end of a backend: cases that dispose of one, and so need one of their own. */
import type { Backend, ScanResult } from '../../backend/contract.js'
import type { TensorMap } from '../../tensor.js'
import { type BehaviourCase, NotApplicable } from '../case.js'
import { requireSameBits } from '../compare.js'
import { type Check, compiled, contractCase } from '../contract-case.js'
import { recurrence, recurrenceInput } from '../recurrence.js'

function onAnother(check: (another: Backend, ...rest: Parameters<Check>) => Promise<void>): Check {
  return async (backend, dtype, surroundings) => {
    if (surroundings.open === undefined) throw new NotApplicable('no other backend can be opened here')
    const another = await surroundings.open()
    try {
      await check(another, backend, dtype, surroundings)
    } finally {
      await another.dispose()
    }
  }
}

/** Passes for work that is refused; a backend that has nothing to end may go on, but then it must be right. */
async function refusesOr(same: TensorMap, what: string, work: () => Promise<ScanResult>): Promise<void> {
  let result: ScanResult
  try {
    result = await work()
  } catch {
    return
  }
  requireSameBits(what, result.ys, same)
}

const checkDisposed = onAnother(async (another, _, dtype) => {
  const data = recurrence(dtype, 1)
  const { carry, xs } = recurrenceInput(dtype, 1)
  const executable = await another.compile(data.program, data.constants)
  const { ys } = await executable.scan(carry, xs)
  await another.dispose()
  await another.dispose()
  await refusesOr(ys, 'scan after dispose of the backend', () => executable.scan(carry, xs))
  await refusesOr(ys, 'compile after dispose', () => compiled(another, data, (late) => late.scan(carry, xs)))
  await executable.dispose()
})

const checkOther = onAnother(async (another, backend, dtype) => {
  const data = recurrence(dtype, 2)
  const { carry, xs } = recurrenceInput(dtype, 2)
  await compiled(backend, data, async (executable) => {
    const before = await executable.scan(carry, xs)
    await compiled(another, data, (other) => other.scan(carry, xs))
    await another.dispose()
    requireSameBits('a scan after another backend is disposed of', (await executable.scan(carry, xs)).ys, before.ys)
  })
})

/** Cases of disposing of a backend. */
export function freeingCases(): BehaviourCase[] {
  return [
    ...contractCase(
      'backend-dispose',
      'dispose of the backend twice is harmless, its use afterwards is refused or right',
      checkDisposed,
    ),
    ...contractCase('two-backends', 'a backend outlives another of its kind', checkOther),
  ]
}
