/**
 * What these backends are for: an error in our differentiation is the same on every backend that runs our programs, so
 * that they agree about it. TensorFlow.js's gradient does not follow.
 */
import { parseExperiment, referenceBackend, TrainingPlan } from '@isograd/core'
import type { Backend } from '@isograd/core/backend'
import { checkExperiment } from '@isograd/core/compare'
import { digits } from '@isograd/core/data'
import { operations, type Program, type ProgramNode, type ValueId, verify } from '@isograd/core/ir'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { openBackend, autogradVariants } from './backends.js'
import { dataOf, type Network, stepsOf, trainingProgram, weightsOf } from './network.js'

const network: Network = { widths: [30, 12, 5], rows: 40, activation: 'tanh' }
const program = trainingProgram(network)

/** The program with a gradient doubled, and noted to be the gradient all the same. */
function doubled(original: Program, wrt: string): Program {
  const target = original.inputs.carry.find(({ name }) => name === wrt)?.id
  const note = original.gradients?.find((each) => each.wrt === target)
  const node = original.nodes.find(({ id }) => id === note?.gradient)
  if (note === undefined || node === undefined) throw new RangeError(`no gradient of ${wrt}`)
  const id = (Math.max(...original.nodes.map((each) => each.id)) + 1) as ValueId
  const twice = { ...node, id, op: 'add', name: 'doubled', inputs: [node.id, node.id], attributes: {} } as ProgramNode
  const renamed = (each: ValueId): ValueId => (each === node.id ? id : each)
  const follow = (each: ProgramNode): ProgramNode => ({ ...each, inputs: each.inputs.map(renamed) })
  return verify({
    ...original,
    nodes: original.nodes.flatMap((each) => (each.id === node.id ? [node, twice] : [follow(each)])),
    gradients: (original.gradients ?? []).map((each) => ({ ...each, gradient: renamed(each.gradient) })),
  })
}

async function weightAfterOneStep(backend: Backend, trained: Program): Promise<Float64Array> {
  const executable = await backend.compile(trained, dataOf(network))
  const { carry } = await executable.scan(weightsOf(program), stepsOf(network, 1, 16))
  await executable.dispose()
  return Float64Array.from(carry['kernel0']?.data ?? [])
}

/** How far the first kernel moved, over how far it should have. */
async function moved(backend: Backend, trained: Program): Promise<number> {
  const before = Float64Array.from(weightsOf(program)['kernel0']?.data ?? [])
  const [right, got] = [
    await weightAfterOneStep(referenceBackend(), program),
    await weightAfterOneStep(backend, trained),
  ]
  const step = (after: Float64Array): number => Math.hypot(...after.map((x, i) => x - (before[i] ?? Number.NaN)))
  return step(got) / step(right)
}

describe('a gradient that the program has doubled', () => {
  it.each(autogradVariants)('is doubled on every backend but %s', async (variant) => {
    const wrong = doubled(program, 'kernel0')
    expect(await moved(referenceBackend(), wrong)).toBeCloseTo(2, 4)
    expect(await moved(await openBackend('tfjs-wasm'), wrong)).toBeCloseTo(2, 4)
    expect(await moved(await openBackend(variant), wrong)).toBeCloseTo(1, 4)
  })
})

type GradientRule = Exclude<typeof operations.tanh.gradient, 'none'>

/** 1 - y, where the derivative of tanh is 1 - y^2. */
const wrongRule: GradientRule = ({ b, output, upstream }) => b.mul(upstream, b.sub(b.constant(1, 'float32'), output))

function breakTanh(): void {
  vi.spyOn(operations.tanh as { gradient: GradientRule }, 'gradient').mockImplementation(wrongRule)
}

function smallPlan(): TrainingPlan {
  const dense = { type: 'dense', units: 8 }
  const layers = [{ type: 'flatten' }, dense, { type: 'activation' }, { type: 'dense', units: 10 }]
  const { arms, registry } = parseExperiment({
    name: 'small',
    data: { dataset: 'digits' },
    model: { layers },
    activation: 'tanh',
    optimizer: { type: 'sgd', learningRate: 0.1 },
    batchSize: 16,
    epochs: 1,
  })
  const { default: arm } = arms
  if (arm === undefined) throw new RangeError('no arm')
  return new TrainingPlan({ armName: 'default', arm, dataset: digits({ train: 64, test: 16 }), registry })
}

async function check(other: Backend) {
  const backends = [referenceBackend(), other]
  const report = await checkExperiment({ experiment: 'small', plans: [smallPlan()], backends, modes: ['step'] })
  await other.dispose()
  return report
}

describe('a wrong rule of our differentiation', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it('is agreed about by backends that run our programs', async () => {
    breakTanh()
    expect(await check(await openBackend('tfjs-wasm'))).toMatchObject({ verdict: 'agree', findings: [] })
  })

  it.each(autogradVariants)('is seen by %s, behind the layer where it is wrong', async (variant) => {
    expect(await check(await openBackend(variant))).toMatchObject({ verdict: 'agree', findings: [] })
    breakTanh()
    const { verdict, findings } = await check(await openBackend(variant))
    expect(verdict).toBe('disagree')
    const faults = findings.filter(({ severity }) => severity === 'fault')
    expect(new Set(faults.map(({ backend }) => backend))).toEqual(new Set([variant]))
    expect(faults.flatMap(({ layer = '' }) => layer)).toContain('dense1')
    expect(faults.map(({ layer }) => layer)).not.toContain('dense2')
  })
})
