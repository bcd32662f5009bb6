/** Memory that is never freed, found in what the backend says that it holds. */
import type { Backend, BackendMemory } from '../../backend/contract.js'
import type { FloatDType } from '../../tensor.js'
import { type BehaviourCase, CaseFailure, NotApplicable } from '../case.js'
import { type Check, compiled, contractCase } from '../contract-case.js'
import { recurrence, recurrenceInput } from '../recurrence.js'

/** Caches are filled in the first rounds; what grows in each of the later ones is not a cache. */
const WARM_UP = 2
const ROUNDS = 3

async function held(backend: Backend): Promise<BackendMemory> {
  if (backend.memory === undefined) throw new NotApplicable('the backend has no memory() to say what it holds')
  return backend.memory()
}

/** The least that a round of work leaves behind. */
async function growth(backend: Backend, work: () => Promise<unknown>): Promise<BackendMemory> {
  const marks: BackendMemory[] = []
  for (let round = 0; round <= WARM_UP + ROUNDS; round++) {
    // oxlint-disable-next-line no-await-in-loop -- a backend is used one call at a time
    if (round >= WARM_UP) marks.push(await held(backend))
    // oxlint-disable-next-line no-await-in-loop
    await work()
  }
  const least = (of: keyof BackendMemory): number =>
    Math.min(...marks.slice(1).map((mark, i) => mark[of] - (marks[i] ?? mark)[of]))
  return { bytes: least('bytes'), tensors: least('tensors') }
}

function requireNone(what: string, { bytes, tensors }: BackendMemory): void {
  if (bytes <= 0 && tensors <= 0) return
  throw new CaseFailure(`every ${what} leaves ${tensors} tensors and ${bytes} bytes that are not freed`)
}

const checkCompile: Check = async (backend, dtype) => {
  const left = await growth(backend, () => compiled(backend, recurrence(dtype, 1), async () => undefined))
  requireNone('program that is compiled and disposed of', left)
}

const [FEW, MANY] = [1, 9]

/** The memory that a scan leaves behind whatever its length, and that of each of its steps. */
async function scanGrowth(backend: Backend, dtype: FloatDType): Promise<{ scan: BackendMemory; step: BackendMemory }> {
  return compiled(backend, recurrence(dtype, 1), async (executable) => {
    const of = (steps: number): Promise<BackendMemory> => {
      const { carry, xs } = recurrenceInput(dtype, steps)
      return growth(backend, () => executable.scan(carry, xs))
    }
    const [few, many] = [await of(FEW), await of(MANY)]
    const each = (key: keyof BackendMemory): number => (many[key] - few[key]) / (MANY - FEW)
    const step = { bytes: each('bytes'), tensors: each('tensors') }
    return { step, scan: { bytes: few.bytes - step.bytes * FEW, tensors: few.tensors - step.tensors * FEW } }
  })
}

/** Cases of leaks; for backends that say what they hold. */
export function memoryCases(): BehaviourCase[] {
  return [
    ...contractCase('memory-of-compile', 'a program that is disposed of leaves nothing', checkCompile),
    ...contractCase('memory-of-scan', 'a scan leaves nothing', async (backend, dtype) =>
      requireNone('scan', (await scanGrowth(backend, dtype)).scan),
    ),
    ...contractCase('memory-of-step', 'a step leaves nothing', async (backend, dtype) =>
      requireNone('step', (await scanGrowth(backend, dtype)).step),
    ),
  ]
}
