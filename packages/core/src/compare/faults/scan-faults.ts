/** Faults outside the operations: in what a scan takes, keeps, hands on and returns. */
import type { Backend, ScanResult } from '../../backend/contract.js'
import { inputAt } from '../../ir/ops/operation.js'
import type { ProgramOutput } from '../../ir/program.js'
import { neighbour } from '../../numerics/rounding.js'
import { names } from '../../plan/names.js'
import type { TrainingPlan } from '../../plan/plan.js'
import { stepScalars } from '../../plan/scalars.js'
import { rows, type Tensor, tensor, type TensorMap } from '../../tensor.js'
import { type Fault, rewritingWhole, type ScanContext, scanning } from './fault.js'

const MOST_STEPS = 1000

function isTraining({ program }: Pick<ScanContext, 'program'>): boolean {
  return program.outputs.carry.some(({ name }) => name.includes('/'))
}

/** The number of steps of a scan, which every one of its xs has on axis 0. */
const stepsOf = (xs: TensorMap): number => inputAt(inputAt(Object.values(xs), 0).shape, 0)

/** The step whose scalars these are. */
function stepOfScalars(plan: TrainingPlan, xs: TensorMap): number {
  const known = stepScalars(plan, 0, MOST_STEPS)
  const [name = ''] = Object.keys(known)
  const first = xs[name]?.data[0]
  return known[name]?.data.findIndex((value) => value === first) ?? -1
}

function countsOneTooMany(plan: TrainingPlan) {
  return ({ right, carry, xs }: ScanContext): Promise<ScanResult> => {
    const step = stepOfScalars(plan, xs)
    const count = stepsOf(xs)
    return right.scan(carry, step < 0 ? xs : { ...xs, ...stepScalars(plan, step + 1, count) })
  }
}

/** The first rows of a mask seen before, for as many steps and rows as are wanted. */
function repeated(mask: Tensor, wanted: Tensor): Tensor {
  const [steps = 1] = wanted.shape
  const size = wanted.data.length / steps
  const data = Uint8Array.from(wanted.data, (_, i) => mask.data[i % size] as number)
  return tensor('uint8', wanted.shape, data)
}

/** One memory for all executables of a backend. */
function reusesMasks(backend: Backend, plan: TrainingPlan): Backend {
  const first = new Map<string, Tensor>()
  const scan = ({ right, carry, xs }: ScanContext): Promise<ScanResult> => {
    const used = Object.entries(xs).map(([name, value]): [string, Tensor] => {
      if (!name.endsWith('.mask')) return [name, value]
      const known = first.get(name)
      if (known === undefined) first.set(name, { ...value, data: value.data.slice() } as Tensor)
      return [name, known === undefined ? value : repeated(known, value)]
    })
    return right.scan(carry, Object.fromEntries(used))
  }
  return scanning(() => scan)(backend, plan)
}

function concatenated(parts: readonly Tensor[]): Tensor {
  const [first] = parts
  if (first === undefined) throw new RangeError('nothing to concatenate')
  const data = parts.flatMap((part) => Array.from(part.data))
  return tensor(first.dtype, [parts.length, ...first.shape.slice(1)], data)
}

/** Every step of a scan starts where the scan started. */
async function startsOver({ right, carry, xs }: ScanContext): Promise<ScanResult> {
  const count = stepsOf(xs)
  const results: ScanResult[] = []
  for (let i = 0; i < count; i++) {
    const one = Object.fromEntries(Object.entries(xs).map(([name, value]) => [name, rows(value, i, i + 1)]))
    // oxlint-disable-next-line no-await-in-loop -- a backend takes one scan at a time
    results.push(await right.scan(carry, one))
  }
  const last = results.at(-1)
  if (last === undefined) return right.scan(carry, xs)
  const ys = Object.keys(last.ys).map((name): [string, Tensor] => [
    name,
    concatenated(results.flatMap((result) => result.ys[name] ?? [])),
  ])
  return { carry: last.carry, ys: Object.fromEntries(ys) }
}

const STALE = 'dense2.weight'

async function keepsOneWeight(context: ScanContext): Promise<ScanResult> {
  const { right, carry, xs } = context
  const result = await right.scan(carry, xs)
  const old = carry[STALE]
  if (!isTraining(context) || old === undefined) return result
  return { ...result, carry: { ...result.carry, [STALE]: { ...old, data: old.data.slice() } as Tensor } }
}

function swapped(outputs: readonly ProgramOutput[]): ProgramOutput[] {
  const valueOf = (name: string): ProgramOutput['value'] | undefined => outputs.find((one) => one.name === name)?.value
  return outputs.map((output) => {
    const [parameter, state] = output.name.split('/')
    const other = state === 'm' ? 'v' : state === 'v' ? 'm' : undefined
    const value = other === undefined ? undefined : valueOf(`${parameter}/${other}`)
    return value === undefined ? output : { ...output, value }
  })
}

/** Every other scan returns one number that is off by a unit in the last place. */
function wavers(backend: Backend, plan: TrainingPlan): Backend {
  let calls = 0
  const scan = async ({ right, carry, xs }: ScanContext): Promise<ScanResult> => {
    const result = await right.scan(carry, xs)
    const loss = result.ys[names.loss]
    if (calls++ % 2 === 0 || loss === undefined) return result
    const data = Array.from(loss.data, (value) => neighbour('float32', value, true))
    return { ...result, ys: { ...result.ys, [names.loss]: tensor('float32', loss.shape, data) } }
  }
  return scanning(() => scan)(backend, plan)
}

async function writesToItsCarry({ right, carry, xs }: ScanContext): Promise<ScanResult> {
  const result = await right.scan(carry, xs)
  const [first] = Object.values(carry)
  first?.data.fill(0)
  return result
}

/** Only the gradients program: where gradients are looked at, not where they are used. */
async function reportsAnotherGradient({ right, program, carry, xs }: ScanContext): Promise<ScanResult> {
  const result = await right.scan(carry, xs)
  const name = names.gradient('dense1.weight')
  const gradient = result.ys[name]
  if (!program.name.endsWith('/gradients') || gradient === undefined) return result
  const data = Array.from(gradient.data, (value) => 1.1 * value)
  return { ...result, ys: { ...result.ys, [name]: tensor('float32', gradient.shape, data) } }
}

const LATE_STEPS = 4

/** Right in short scans; in long ones the last update of a weight is lost. */
async function losesAnUpdateInLongScans(context: ScanContext): Promise<ScanResult> {
  const count = stepsOf(context.xs)
  return count > LATE_STEPS ? keepsOneWeight(context) : context.right.scan(context.carry, context.xs)
}

/** Faults that are not of one operation. */
export const scanFaults: readonly Fault[] = [
  {
    id: 'step-counter-off-by-one',
    about: "Adam's bias corrections are those of the next step",
    arm: 'relu',
    mode: 'step',
    expected: { kind: 'operation', operation: 'add', layer: 'dense1.weight', stage: 'update', step: 0 },
    wrap: scanning(countsOneTooMany),
  },
  {
    id: 'mask-reused',
    about: 'the dropout mask of the first step is used in every step',
    arm: 'relu',
    mode: 'step',
    expected: { kind: 'operation', operation: 'cast', layer: 'dropout1', stage: 'forward', step: 1 },
    wrap: reusesMasks,
  },
  {
    id: 'stale-carry',
    about: 'every step of a scan starts from the carry that the scan was given',
    arm: 'relu',
    mode: 'step',
    expected: { kind: 'scan', stage: 'state', step: 1 },
    wrap: scanning(() => startsOver),
  },
  {
    id: 'stale-weight',
    about: 'dense2.weight leaves a step as it came in',
    arm: 'relu',
    mode: 'step',
    expected: { kind: 'state', layer: STALE, stage: 'state', step: 0 },
    wrap: scanning(() => keepsOneWeight),
  },
  {
    id: 'swapped-moments',
    about: "Adam's m and v leave a step in each other's place",
    arm: 'relu',
    mode: 'step',
    expected: { kind: 'state', layer: 'dense1.weight', stage: 'state', step: 0 },
    wrap: rewritingWhole((program) => ({
      ...program,
      outputs: { ...program.outputs, carry: swapped(program.outputs.carry) },
    })),
  },
  {
    id: 'non-deterministic',
    about: 'the loss of every other scan is off by one unit in the last place',
    arm: 'relu',
    mode: 'step',
    expected: { kind: 'nondeterminism', step: 0 },
    wrap: wavers,
  },
  {
    id: 'writes-to-input',
    about: 'a scan writes zeros over the carry that it was lent',
    arm: 'relu',
    mode: 'step',
    expected: { kind: 'mutation' },
    wrap: scanning(() => writesToItsCarry),
  },
  {
    id: 'misreported-gradient',
    about: "dense1's gradient is reported 10 % too large, and used right",
    arm: 'relu',
    mode: 'step',
    expected: { kind: 'gradient', layer: 'dense1', stage: 'weight-gradient', step: 0 },
    wrap: scanning(() => reportsAnotherGradient),
  },
  {
    id: 'vanished-gradient',
    about: 'the same of a gradient that has vanished to 1e-8 behind twelve sigmoid layers',
    arm: 'deep',
    mode: 'step',
    expected: { kind: 'gradient', layer: 'dense1', stage: 'weight-gradient', step: 0 },
    wrap: scanning(() => reportsAnotherGradient),
  },
  {
    id: 'lost-update',
    about: `scans of more than ${LATE_STEPS} steps lose the last update of dense2.weight`,
    arm: 'long',
    mode: 'run',
    expected: { kind: 'trajectory', layer: STALE, stage: 'state' },
    wrap: scanning(() => losesAnUpdateInLongScans),
  },
]
