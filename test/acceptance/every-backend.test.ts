/**
 * Every backend by its line in `backends.ts`: it is handed the same programs, rows, masks and initial bits as the reference,
 * agrees with it on relu and sigmoid, passes a check, and goes on where another one has stopped.
 */
import { createHash } from 'node:crypto'
import { builtins, referenceBackend, type RunState, type TensorMap, train, TrainingPlan } from '@isograd/core'
import type { Backend } from '@isograd/core/backend'
import { checkExperiment, compareRuns } from '@isograd/core/compare'
import { print } from '@isograd/core/ir'
import { loadDataset } from '@isograd/core/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { backendNamed, type BackendName, backendNames, backendOrReason } from '../backends.js'
import { type Finished, presetArm, trainWhole } from '../training.js'

/** Rows of which the last batch of 32 has 8: masks are wanted. */
const ROWS = 200
const HALFWAY = 7

const dataset = await loadDataset('digits', { size: { train: ROWS, test: 100 } })

function specOf(arm: string) {
  const cut = { epochs: 2, batchSize: 32, lastBatch: 'keep', data: { limit: ROWS, testLimit: 100 } }
  return presetArm('keras-13x10', arm, cut)
}

function planOf(arm: string): TrainingPlan {
  return new TrainingPlan({ armName: arm, arm: specOf(arm), dataset, registry: builtins })
}

/** Programs as backends are handed them, by their text: of training the initial bits, and the inputs of all scans row by row. */
type Handed = Map<string, { readonly carry: string; readonly rows: Record<string, number[]> }>

/** Tensors in a few characters: they have too many numbers to be shown where they differ. */
function digest(tensors: TensorMap): string {
  const hash = createHash('sha256')
  for (const [name, { data }] of Object.entries(tensors).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`${name} ${data.join()}`)
  return hash.digest('hex')
}

/** A backend that notes what it is handed. */
function noting(backend: Backend, handed: Handed): Backend {
  const compile: Backend['compile'] = async (program, constants) => {
    const executable = await backend.compile(program, constants)
    const [text, isTraining] = [print(program), program.name.endsWith('/train')]
    const note = { carry: '', rows: {} as Record<string, number[]> }
    handed.set(text, note)
    const scan: typeof executable.scan = (carry, xs) => {
      if (isTraining && note.carry === '') note.carry = digest(carry)
      // Probes are handed the state that the backend itself has come to.
      for (const [name, { data }] of Object.entries(isTraining ? xs : {})) {
        note.rows[name] = [...(note.rows[name] ?? []), ...Array.from(data, Number)]
      }
      return executable.scan(carry, xs)
    }
    return { scan, dispose: () => executable.dispose() }
  }
  return { name: backend.name, info: backend.info, dispose: () => backend.dispose(), compile }
}

/** A run, and what its backend was handed. */
async function watched(backend: Backend, arm: string): Promise<Finished & { readonly handed: Handed }> {
  const handed: Handed = new Map()
  return { ...(await trainWhole(noting(backend, handed), specOf(arm), dataset)), handed }
}

/** The state of a run at a step, at which it is left. */
async function stateAt(backend: Backend, plan: TrainingPlan, step: number): Promise<RunState> {
  for await (const event of train({ plan, backend, checkpointEvery: step })) {
    if (event.type === 'checkpoint') return event.state
  }
  throw new Error(`no checkpoint at step ${step}`)
}

/** The carry at the end of a run that goes on from a state. */
async function goOn(backend: Backend, plan: TrainingPlan, from: RunState): Promise<TensorMap> {
  for await (const event of train({ plan, backend, from })) if (event.type === 'end') return event.carry
  throw new Error('the run did not end')
}

/** The largest ||actual - expected|| / ||expected|| of tensors. */
function farthest(actual: TensorMap, expected: TensorMap): number {
  const ratios = Object.entries(expected).map(([name, { data }]) => {
    const gaps = Array.from(data, (value, i) => Number(actual[name]?.data[i]) - value)
    return Math.hypot(...gaps) / Math.max(Math.hypot(...Array.from(data, Number)), Number.MIN_VALUE)
  })
  return Math.max(...ratios)
}

const wholes = {
  relu: await watched(referenceBackend(), 'relu'),
  sigmoid: await watched(referenceBackend(), 'sigmoid'),
}

const usable: BackendName[] = []
const absent: string[] = []
for (const name of backendNames) {
  // oxlint-disable-next-line no-await-in-loop -- engines of one runtime share its state
  const trial = await backendOrReason(name)
  if (typeof trial === 'string') absent.push(trial.split('\n', 1).join())
  else usable.push(name)
  // oxlint-disable-next-line no-await-in-loop
  if (typeof trial !== 'string') await trial.dispose()
}

test.skipIf(absent.length > 0).each(absent)('%s', (reason) => {
  expect(reason).toBe('')
})

describe.each(usable)('%s', (name) => {
  let backend: Backend
  beforeAll(async () => {
    backend = await backendNamed(name)
  })
  afterAll(async () => {
    await backend.dispose()
  })

  test.each(['relu', 'sigmoid'] as const)('%s: handed the same as the reference, it agrees with it', async (arm) => {
    const [own, reference] = [await watched(backend, arm), wholes[arm]]
    expect([...own.handed.keys()].toSorted()).toEqual([...reference.handed.keys()].toSorted())
    for (const [text, note] of reference.handed) expect(own.handed.get(text)).toEqual(note)
    expect(compareRuns(reference.record, own.record).ok).toBe(true)
  })

  test('a check of single operations and steps says what it should', async () => {
    const backends = [referenceBackend(), backend]
    const asked = { experiment: 'keras-13x10', plans: [planOf('relu')], backends, modes: ['ops', 'step'] as const }
    expect(await checkExperiment({ ...asked, steps: 2 })).toMatchObject({ verdict: 'agree', failures: [] })
  })

  test('goes on from the reference, and the reference from it', async () => {
    const plan = planOf('sigmoid')
    const onward = await goOn(backend, plan, await stateAt(referenceBackend(), plan, HALFWAY))
    const back = await goOn(referenceBackend(), plan, await stateAt(backend, plan, HALFWAY))
    expect(farthest(onward, wholes.sigmoid.carry)).toBeLessThan(1e-3)
    expect(farthest(back, wholes.sigmoid.carry)).toBeLessThan(1e-3)
  })
})
