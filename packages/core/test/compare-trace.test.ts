import { describe, expect, it } from 'vitest'
import { checkTrace } from '../src/compare/steps/trace-check.js'
import { makeTrace, parseTraceMetadata, TRACE_FORMAT, traceNames } from '../src/compare/steps/trace.js'
import { InputError } from '../src/errors.js'
import { decodeSafetensors, encodeSafetensors, type Safetensors } from '../src/records/safetensors.js'
import { referenceBackend } from '../src/reference/backend.js'
import { type Tensor, tensor, type TensorMap } from '../src/tensor.js'
import { mapped, smallPlan } from './check-subjects.js'

const STEPS = 3
const changes = {
  model: {
    layers: [
      { type: 'flatten' },
      { type: 'dense', units: 8 },
      { type: 'batchNorm' },
      { type: 'activation' },
      { type: 'dropout', rate: 0.5 },
      { type: 'dense', units: 10 },
    ],
  },
}
const plan = smallPlan(changes)

async function trace(): Promise<Safetensors> {
  const { tensors, metadata } = await makeTrace(plan, referenceBackend(), STEPS)
  return decodeSafetensors(encodeSafetensors(tensors, metadata))
}

/** The trace with some tensors replaced, or taken out by `undefined`. */
function replacing(whole: Safetensors, replaced: Readonly<Record<string, Tensor | undefined>>): Safetensors {
  const entries = Object.entries({ ...whole.tensors, ...replaced })
  const tensors = Object.fromEntries(entries.filter((entry): entry is [string, Tensor] => entry[1] !== undefined))
  return { ...whole, tensors }
}

function at(tensors: TensorMap, name: string): Tensor {
  const found = tensors[name]
  if (found === undefined) throw new Error(`no ${name}`)
  return found
}

describe('a trace', () => {
  it('holds the initial state, every batch, and everything that comes out of every step', async () => {
    const { tensors, metadata } = await trace()
    const carried = Object.keys(plan.initial)
    const parameters = plan.model.parameters.map(({ name }) => name)
    const perStep = (step: number): string[] => [
      ...['rows', 'data/image', 'data/label', 'loss'].map((name) => `step/${step}/${name}`),
      ...['optimizer.stepSize', 'optimizer.epsilon', 'dropout1.mask'].map((name) => `step/${step}/input/${name}`),
      ...parameters.map((name) => `step/${step}/gradient/${name}`),
      ...carried.map((name) => `step/${step}/after/${name}`),
    ]
    const expected = [...carried.map((name) => `initial/${name}`), ...[0, 1, 2].flatMap(perStep)]
    expect(Object.keys(tensors).toSorted()).toEqual(expected.toSorted())
    expect(parseTraceMetadata(metadata)).toMatchObject({
      format: TRACE_FORMAT,
      experiment: 'small',
      arm: 'default',
      steps: STEPS,
      producer: 'reference',
      precision: 'float32',
    })
  })

  it('has the batches of the data set, by row number', async () => {
    const { tensors } = await trace()
    const { image, label } = plan.dataset.splits.train.columns
    if (image === undefined || label === undefined) throw new Error('no columns')
    for (const [step, size] of [16, 16, 8].entries()) {
      const rows = at(tensors, traceNames.rows(step))
      expect(rows.shape).toEqual([size])
      expect(at(tensors, traceNames.field(step, 'image')).shape).toEqual([size, 4, 4])
      for (const [i, row] of Array.from(rows.data).entries()) {
        const picture = at(tensors, traceNames.field(step, 'image')).data.slice(16 * i, 16 * (i + 1))
        expect(Array.from(picture)).toEqual(Array.from(image.data.slice(16 * row, 16 * (row + 1))))
        expect(at(tensors, traceNames.field(step, 'label')).data[i]).toBe(label.data[row])
      }
    }
  })

  it('is refused for an optimizer that is not part of a step', async () => {
    const lbfgs = smallPlan({ optimizer: { type: 'lbfgs' } })
    await expect(makeTrace(lbfgs, referenceBackend(), 1)).rejects.toThrow('optimizer "lbfgs" runs on the host')
  })
})

describe('judging a trace', () => {
  it('agrees with one that comes back as it went', async () => {
    const result = checkTrace(plan, await trace())
    expect(result).toMatchObject({ verdict: 'agree', producer: 'reference', findings: [] })
    expect(result.steps.map(({ step, batch }) => [step, batch])).toEqual([
      [0, 16],
      [1, 16],
      [2, 8],
    ])
  })

  it('takes back results alone, without states and without what was given', async () => {
    const whole = await trace()
    const wanted = /\/loss$|\/gradient\/|\/after\/[^/]+\.(weight|bias)$/
    const tensors = Object.fromEntries(Object.entries(whole.tensors).filter(([name]) => wanted.test(name)))
    expect(Object.keys(tensors).length).toBeLessThan(Object.keys(whole.tensors).length / 2)
    expect(checkTrace(plan, { ...whole, tensors }).verdict).toBe('agree')
  })

  it('finds a gradient that is wrong at the step that made it, and there only', async () => {
    const whole = await trace()
    const name = traceNames.gradient(1, 'dense1.weight')
    const { verdict, findings } = checkTrace(
      plan,
      replacing(whole, { [name]: mapped(at(whole.tensors, name), (x) => 1.01 * x) }),
    )
    expect(verdict).toBe('disagree')
    expect(findings[0]).toMatchObject({
      kind: 'gradient',
      tensor: 'dense1.weight',
      layer: 'dense1',
      step: 1,
      mode: 'trace',
    })
    expect(findings[0]?.measured).toBeCloseTo(0.01, 5)
    // The update was made from the right gradient: from the wrong one it is off, too.
    expect(findings.map(({ step }) => step)).toEqual(findings.map(() => 1))
  })

  it.each([
    ['loss', traceNames.loss(2), { kind: 'loss', stage: 'loss', step: 2 }],
    [
      'update',
      traceNames.after(0, 'dense2.weight'),
      { kind: 'update', stage: 'update', step: 0, tensor: 'dense2.weight' },
    ],
    [
      'optimizer state',
      traceNames.after(2, 'dense2.bias/v'),
      { kind: 'state', stage: 'state', step: 2, tensor: 'dense2.bias/v' },
    ],
    ['layer state', traceNames.after(1, 'batchNorm1.running_var'), { kind: 'state', step: 1 }],
  ])('finds a wrong %s', async (_, name, expected) => {
    const whole = await trace()
    const { findings } = checkTrace(plan, replacing(whole, { [name]: mapped(at(whole.tensors, name), (x) => 1.1 * x) }))
    expect(findings[0]).toMatchObject(expected)
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('finds %s', async (value) => {
    const whole = await trace()
    const name = traceNames.gradient(0, 'dense2.bias')
    const { findings } = checkTrace(plan, replacing(whole, { [name]: mapped(at(whole.tensors, name), () => value) }))
    expect(findings[0]).toMatchObject({ kind: 'gradient', tensor: 'dense2.bias', measured: Number.POSITIVE_INFINITY })
  })

  it('lets a tolerance pass what is within it', async () => {
    const whole = await trace()
    const name = traceNames.loss(2)
    const off = replacing(whole, { [name]: mapped(at(whole.tensors, name), (x) => 1.001 * x) })
    expect(checkTrace(plan, off).verdict).toBe('disagree')
    expect(checkTrace(plan, off, { loss: 0.01 }).verdict).toBe('agree')
  })
})

describe('bad traces', () => {
  const zero = tensor('float32', [], [0])
  it.each([
    ['a missing loss', { [traceNames.loss(1)]: undefined }, '"step/1/loss" is missing: expected float32[]'],
    ['a missing gradient', { [traceNames.gradient(0, 'dense2.weight')]: undefined }, 'expected float32[8,10]'],
    ['a superfluous tensor', { 'step/9/loss': zero }, '"step/9/loss" is no tensor of this trace'],
    [
      'a transposed weight',
      { [traceNames.after(0, 'dense2.weight')]: tensor('float32', [10, 8], new Float32Array(80)) },
      '"step/0/after/dense2.weight": expected float32[8,10], got float32[10,8]',
    ],
    ['another dtype', { [traceNames.loss(0)]: tensor('float64', [], [1]) }, 'expected float32[], got float64[]'],
    [
      'other rows',
      {
        [traceNames.rows(1)]: tensor(
          'int32',
          [16],
          Array.from({ length: 16 }, (_, i) => i),
        ),
      },
      '"step/1/rows" is not what this experiment gives',
    ],
  ])('are refused: %s', async (_, replaced, message) => {
    const bad = replacing(await trace(), replaced)
    expect(() => checkTrace(plan, bad)).toThrow(InputError)
    expect(() => checkTrace(plan, bad)).toThrow(message)
  })

  it('are refused when they list many problems, the first of them', async () => {
    const whole = await trace()
    const losses = Object.entries(whole.tensors).filter(([name]) => name.endsWith('/loss'))
    const few = { ...whole, tensors: Object.fromEntries(losses) }
    expect(() => checkTrace(plan, few)).toThrow(/and \d+ more/)
    expect(() => checkTrace(plan, { ...few, metadata: { ...whole.metadata, steps: '4' } })).toThrow(
      'the metadata say 4 steps, and there are 3 tensors',
    )
  })

  const named = { format: TRACE_FORMAT, steps: '1', precision: 'float32' }
  it.each([
    ['no metadata', {}, 'got none; hand on the metadata'],
    ['another format', { format: 'isograd.trace/3' }, 'got "isograd.trace/3"'],
    ['no steps', { format: TRACE_FORMAT, steps: 'many' }, 'expected a number of steps, got "many"'],
    ['another precision', { format: TRACE_FORMAT, steps: '1', precision: 'float8' }, 'got "float8"'],
    ['no producer', { ...named, producer: '' }, 'the metadata lack "producer"'],
    ['a producer that is no name', { ...named, producer: 'x'.repeat(201) }, 'a name of at most 200 letters, got 201'],
    ['no experiment', { ...named, producer: 'x' }, 'the metadata lack "experiment"'],
  ])('are refused with %s', async (_, metadata, message) => {
    const { tensors } = await trace()
    expect(() => checkTrace(plan, { tensors, metadata })).toThrow(message)
  })

  it('of another experiment are refused with what differs', async () => {
    const whole = await trace()
    const other = smallPlan({ ...changes, batchSize: 8, optimizer: { type: 'sgd' } })
    expect(() => checkTrace(other, whole)).toThrow('batchSize: 16 in the trace, 8 here')
    expect(() => checkTrace(other, whole)).toThrow('optimizer.type: "adam" in the trace, "sgd" here')
  })

  it('whose experiment is no JSON are refused', async () => {
    const whole = await trace()
    const bad = { ...whole, metadata: { ...whole.metadata, spec: '{' } }
    expect(() => checkTrace(plan, bad)).toThrow('"spec" is not JSON')
  })
})
