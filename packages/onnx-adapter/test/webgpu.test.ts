/** The operators that a program is written in for shaders: none of those that fail there, and float64 refused. */
import { UnsupportedOpError } from '@isograd/core/backend'
import { BATCH, Builder, type Program } from '@isograd/core/ir'
import { expect, it } from 'vitest'
import type { Dialect } from '../src/lowerings/index.js'
import { buildModel } from '../src/model/model.js'
import { backendOn } from './builds.js'

/** Operators of a program's body, those with two outputs marked. */
function operatorsOf(program: Program, dialect: Dialect): string[] {
  const loop = buildModel(program, '0', 1, dialect).graph.node.find(({ opType }) => opType === 'Loop')
  const body = loop?.attribute.find(({ name }) => name === 'body')?.g
  return (body?.node ?? []).map(({ opType, output }) => `${opType}${output.length > 1 ? ' of two' : ''}`)
}

function layers(): Program {
  const b = new Builder('shaders')
  const x = b.xs('x', { dtype: 'float32', shape: [BATCH, 8] })
  const weight = b.constants('w', { dtype: 'float32', shape: [8, 6] })
  const bias = b.constants('c', { dtype: 'float32', shape: [6] })
  const plane = b.xs('plane', { dtype: 'float32', shape: [BATCH, 4, 6, 6] })
  const halves = {
    window: [2, 2],
    strides: [2, 2],
    padding: [
      [0, 0],
      [0, 0],
    ],
    dilations: [1, 1],
  } as const
  const kernel = b.constants('k', { dtype: 'float32', shape: [4, 1, 3, 3] })
  const window = {
    strides: [1, 1],
    padding: [
      [1, 1],
      [1, 1],
    ],
    dilations: [1, 1],
    groups: 2,
  } as const
  const pooled = b.maxPool(plane, halves)
  return b.finish({
    carry: {},
    ys: {
      dense: b.logSoftmax(b.relu(b.add(b.matmul(x, weight), bias))),
      ...Object.fromEntries([0, 4].map((start) => [`from ${start}`, b.slice(x, 1, start, start + 4)])),
      back: b.maxPoolData(plane, pooled, halves),
      grouped: b.convolveData(plane, kernel, [6, 6], window),
    },
  })
}

it('writes what the WebGPU provider has a shader for that is right', () => {
  const exact = operatorsOf(layers(), 'exact')
  expect(exact).toEqual(
    expect.arrayContaining([
      'FusedGemm',
      'LogSoftmax',
      'MaxPool of two',
      'MaxUnpool',
      'IsNaN',
      'ConvTranspose',
      'Split of two',
    ]),
  )
  const shaders = operatorsOf(layers(), 'webgpu')
  expect(shaders).toEqual(expect.arrayContaining(['MatMul', 'Greater', 'ReduceMax', 'MaxPool', 'ArgMax']))
  for (const name of [
    'Relu',
    'FusedGemm',
    'LogSoftmax',
    'MaxPool of two',
    'MaxUnpool',
    'IsNaN',
    'ConvTranspose',
    'Split of two',
  ]) {
    expect(shaders).not.toContain(name)
  }
})

it('refuses float64, which the provider would leave to the CPU', async () => {
  const backend = backendOn('onnx', { device: 'webgpu' })
  const b = new Builder('double')
  const x = b.xs('x', { dtype: 'float64', shape: [] })
  expect(backend.info.dtypes).not.toContain('float64')
  await expect(backend.compile(b.finish({ carry: {}, ys: { y: b.add(x, x) } }), {})).rejects.toThrow(UnsupportedOpError)
})
