/**
 * Layers over spatial axes against PyTorch in float64: outputs, all gradients, and parameters and states after five steps; and
 * the gradients against finite differences.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Givens, gradientBreach, weightedSum } from '../src/conformance/laws/program.js'
import { builtins } from '../src/registry/builtins.js'
import { Builder } from '../src/ir/builder.js'
import { gradient } from '../src/ir/gradient.js'
import { BATCH } from '../src/ir/program.js'
import { armSchema } from '../src/experiment/schema.js'
import { buildModel, forward } from '../src/model/model.js'
import { referenceBackend } from '../src/reference/backend.js'
import type { Spec } from '../src/registry/settings.js'
import { elementCount, tensor, type TensorMap } from '../src/tensor.js'
import { fill } from './layer-cases.js'

type Stored = readonly [shape: readonly number[], data: readonly number[]]

interface Case {
  readonly spec: Spec
  readonly channels: 'first' | 'last'
  readonly shape: readonly number[]
  readonly batch: number
  readonly initial: Readonly<Record<string, Stored>>
  readonly xs: readonly (readonly number[])[]
  readonly dys: readonly (readonly number[])[]
  readonly first: { readonly y: Stored; readonly gradients: Readonly<Record<string, readonly number[]>> }
  readonly last: Readonly<Record<string, readonly number[]>>
}

const path = new URL('vectors/spatial-layers.json', import.meta.url)
const vectors = JSON.parse(readFileSync(path, 'utf8')) as { readonly rate: number; readonly cases: readonly Case[] }

const plain = { type: 'zeros' }
const models = armSchema(builtins).arm.def.shape.model

function modelOf({ spec, channels, shape }: Case) {
  const settings = { activation: { type: 'relu' }, initializers: { weights: plain, biases: plain } }
  return buildModel({ ...settings, model: models.parse({ layers: [spec], channels }) }, shape, builtins)
}

/** Gradient descent on the sum of the output times `dy`. */
function programOf(one: Case) {
  const model = modelOf(one)
  const b = new Builder('layer')
  const carried = (name: string, shape: readonly number[]) => b.carry(name, { dtype: 'float64', shape })
  const parameters = Object.fromEntries(model.parameters.map(({ name, shape }) => [name, carried(name, shape)]))
  const states = Object.fromEntries(model.states.map(({ name, shape }) => [name, carried(name, shape)]))
  const x = b.xs('x', { dtype: 'float64', shape: [BATCH, ...one.shape] })
  const dy = b.xs('dy', { dtype: 'float64', shape: [BATCH, ...one.first.y[0].slice(1)] })
  const result = forward(b, model, { input: x }, { parameters, states, masks: {} }, 'train')
  const output = result.output
  const loss = b.reduceSum(b.mul(output, dy))
  const [ofInput, ...ofParameters] = gradient(b, loss, [x, ...Object.values(parameters)])
  if (ofInput === undefined) throw new Error('no gradient')
  const names = Object.keys(parameters)
  const rate = b.constant(vectors.rate, 'float64')
  const moved = Object.fromEntries(
    Object.entries(parameters).map(([name, value], i) => [name, b.sub(value, b.mul(rate, ofParameters[i] ?? value))]),
  )
  const ofOwn = Object.fromEntries(names.map((name, i) => [`d ${name}`, ofParameters[i] ?? ofInput]))
  return b.finish({ carry: { ...moved, ...result.states }, ys: { y: output, 'd input': ofInput, ...ofOwn } })
}

function expectNear(got: ArrayLike<number>, expected: readonly number[]): void {
  expect(got.length).toBe(expected.length)
  const scale = Math.max(...expected.map(Math.abs), 1e-3)
  const worst = Math.max(0, ...expected.map((value, i) => Math.abs(Number(got[i]) - value) / scale))
  expect(worst).toBeLessThan(1e-10)
}

function own(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

/** The first gradient of a case that is not the slope by finite differences, in words; at samples of which no two numbers are one, as a maximum needs. */
function slopeBreach(one: Case): Promise<string | undefined> {
  const model = modelOf(one)
  const tensors = [...model.parameters, ...model.states].map(({ name, shape }) => [
    name,
    { shape, data: one.initial[own(name)]?.[1] ?? [], isVariable: model.parameters.some((each) => each.name === name) },
  ])
  const weights = { shape: [BATCH, ...model.outputShape], data: one.dys[0] ?? [] }
  const input = { shape: [BATCH, ...one.shape], data: fill(one.batch * elementCount(one.shape), 1), isVariable: true }
  return gradientBreach({ ...Object.fromEntries(tensors), input, weights } as Givens, (b, values) => {
    const { output } = forward(b, model, values, { parameters: values, states: values, masks: {} }, 'train')
    return weightedSum(b, output, values)
  })
}

async function trained(one: Case) {
  const program = programOf(one)
  const backend = referenceBackend()
  const executable = await backend.compile(program, {})
  const carry: TensorMap = Object.fromEntries(
    program.inputs.carry.map(({ name }) => {
      const [shape, data] = one.initial[own(name)] as Stored
      return [name, tensor('float64', shape, data)]
    }),
  )
  const shapes = { x: [one.batch, ...one.shape], dy: one.first.y[0] }
  const steps = one.xs.length
  const xs = {
    x: tensor('float64', [steps, ...shapes.x], one.xs.flat()),
    dy: tensor('float64', [steps, ...shapes.dy], one.dys.flat()),
  }
  const result = await executable.scan(carry, xs)
  await executable.dispose()
  await backend.dispose()
  return result
}

describe('layers over spatial axes as PyTorch computes them', () => {
  it.each(
    vectors.cases.map(
      (one) => [`${JSON.stringify(one.spec)} on [${one.shape.join(',')}], ${one.channels}`, one] as const,
    ),
  )('%s', async (_, one) => {
    const { carry, ys } = await trained(one)
    const [shape, y] = one.first.y
    expect(ys['y']?.shape.slice(1)).toEqual(shape)
    expectNear(ys['y']?.data.slice(0, elementCount(shape)) ?? [], y)
    for (const [name, value] of Object.entries(ys)) {
      if (!name.startsWith('d ')) continue
      const expected = one.first.gradients[own(name.slice(2))] ?? []
      expectNear(value.data.slice(0, expected.length), expected)
    }
    expect(Object.keys(carry).map(own).toSorted()).toEqual(Object.keys(one.last).toSorted())
    for (const [name, value] of Object.entries(carry)) expectNear(value.data, one.last[own(name)] ?? [])
    expect(await slopeBreach(one)).toBeUndefined()
  })
})
