import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ProgramError } from '../src/errors.js'
import { Builder } from '../src/ir/builder.js'
import { BATCH, type Program, type ProgramInput, type ProgramNode, type TensorType } from '../src/ir/program.js'
import { verify } from '../src/ir/verify.js'
import type { DType } from '../src/tensor.js'
import { programs } from './random-programs.js'

/** constants w, carry h, xs x and n: h' = h + sum of rows of x w; y = x w */
function valid(): Program {
  const b = new Builder('p', 'forward')
  const w = b.constants('w', { dtype: 'float32', shape: [3, 2] })
  const h = b.carry('h', { dtype: 'float32', shape: [2] })
  const x = b.xs('x', { dtype: 'float32', shape: [BATCH, 3] })
  b.xs('n', { dtype: 'int32', shape: [] })
  const y = b.matmul(x, w)
  return b.finish({ carry: { h: b.add(h, b.reduceSum(y, [0])) }, ys: { y } })
}

function withNode(op: ProgramNode['op'], change: Partial<ProgramNode>): Program {
  const program = valid()
  return {
    ...program,
    nodes: program.nodes.map((node) => (node.op === op ? ({ ...node, ...change } as ProgramNode) : node)),
  }
}

function withInputs(role: keyof Program['inputs'], change: (input: ProgramInput) => ProgramInput): Program {
  const program = valid()
  return { ...program, inputs: { ...program.inputs, [role]: program.inputs[role].map(change) } }
}

function withOutputs(change: Partial<Program['outputs']>): Program {
  const program = valid()
  return { ...program, outputs: { ...program.outputs, ...change } }
}

function retyped(change: Partial<TensorType>): (input: ProgramInput) => ProgramInput {
  return (input) => ({ ...input, type: { ...input.type, ...change } })
}

const renamed =
  (name: string) =>
  (input: ProgramInput): ProgramInput => ({ ...input, name })

const [firstNode, secondNode] = valid().nodes
const [w, h, x] = [...valid().inputs.constants, ...valid().inputs.carry, ...valid().inputs.xs].map(({ id }) => id)
if (!firstNode || !secondNode || w === undefined || h === undefined || x === undefined) throw new Error('no nodes')

/** Each breaks one rule and no other. */
const broken: Readonly<Record<string, readonly [Program, string]>> = {
  'an input without a name': [withInputs('carry', renamed('')), 'carry: a name is empty'],
  'two xs of one name': [withInputs('xs', renamed('x')), 'xs: "x" appears twice'],
  'two nodes of one name': [withNode('add', { name: 'forward/matmul' }), 'nodes: "forward/matmul" appears twice'],
  'two ys of one name': [
    withOutputs({
      ys: [
        { name: 'y', value: x },
        { name: 'y', value: x },
      ],
    }),
    'ys: "y" appears twice',
  ],
  'two carries out of one name': [
    withOutputs({
      carry: [
        { name: 'h', value: h },
        { name: 'h', value: h },
      ],
    }),
    'carry outputs: "h" appears twice',
  ],
  'two inputs of one number': [
    withInputs('xs', (input) => (input.name === 'n' ? { ...input, id: x } : input)),
    `input "n": value %${x} is defined twice`,
  ],
  'a node of the number of an input': [
    withNode('matmul', { id: w }),
    `matmul "forward/matmul": value %${w} is defined twice`,
  ],
  'a dimension of 0': [
    withInputs('constants', retyped({ shape: [3, 0] })),
    'input "w": dimensions must be positive integers or "batch", got float32[3,0]',
  ],
  'a dimension that is no integer': [
    withInputs('constants', retyped({ shape: [3, 1.5] })),
    'input "w": dimensions must be positive integers or "batch", got float32[3,1.5]',
  ],
  'a dimension of another name': [
    withInputs('constants', retyped({ shape: [3, 'rows' as typeof BATCH] })),
    'input "w": dimensions must be positive integers or "batch", got float32[3,rows]',
  ],
  'the batch twice in a shape': [
    withInputs('xs', (input) => (input.name === 'n' ? retyped({ shape: [BATCH, BATCH] })(input) : input)),
    'input "n": the batch may appear once in a shape, got int32[batch,batch]',
  ],
  'an unknown dtype': [
    withInputs('constants', retyped({ dtype: 'float16' as DType })),
    'input "w": unknown dtype "float16"',
  ],
  'a constant that depends on the batch': [
    withInputs('constants', retyped({ shape: [BATCH, 2] })),
    'input "w": only xs may depend on the batch',
  ],
  'a carry that depends on the batch': [
    withInputs('carry', retyped({ shape: [BATCH] })),
    'input "h": only xs may depend on the batch',
  ],
  'no xs': [{ ...valid(), inputs: { ...valid().inputs, xs: [] } }, 'there are no xs to scan over'],
  'a batch that no x brings': [
    withInputs('xs', (input) => (input.name === 'x' ? retyped({ shape: [5, 3] })(input) : input)),
    'matmul "forward/matmul": depends on the batch, but no xs has one',
  ],
  'an unknown operation': [
    withNode('matmul', { op: 'conv' as 'matmul' }),
    '"forward/matmul": unknown operation "conv"',
  ],
  'an operation that every object has': [
    withNode('matmul', { op: 'toString' as 'matmul' }),
    '"forward/matmul": unknown operation "toString"',
  ],
  'an input too few': [withNode('matmul', { inputs: [x] }), 'matmul "forward/matmul": expected 2 inputs, got 1'],
  'an input too many': [withNode('matmul', { inputs: [x, w, w] }), 'matmul "forward/matmul": expected 2 inputs, got 3'],
  'a concatenation of nothing': [
    withNode('add', { op: 'concat', inputs: [], attributes: { axis: 0 } }),
    'concat "forward/add": expected at least 1 inputs, got 0',
  ],
  'an input from later': [{ ...valid(), nodes: valid().nodes.toReversed() }, `is not defined before it`],
  'an input from nowhere': [
    withNode('matmul', { inputs: [x, 99 as typeof x] }),
    'matmul "forward/matmul": input %99 is not defined before it',
  ],
  'shapes that do not fit': [
    withNode('matmul', { inputs: [w, x] }),
    'matmul "forward/matmul": inner dimensions differ: [3,2] x [batch,3]',
  ],
  'attributes that do not fit': [
    withNode('reduceSum', { attributes: { axes: [2], keepDims: false } }),
    'reduceSum "forward/reduceSum": expected ascending axes of [batch,2], got [2]',
  ],
  'attributes that are missing': [withNode('reduceSum', { attributes: {} }), 'reduceSum "forward/reduceSum": '],
  'a type that is not what the operation gives': [
    withNode('matmul', { type: { dtype: 'float32', shape: [BATCH, 3] } }),
    'matmul "forward/matmul": expected type float32[batch,2], got float32[batch,3]',
  ],
  'an output from nowhere': [
    withOutputs({ ys: [{ name: 'y', value: 99 as typeof x }] }),
    'output "y": value %99 is not defined',
  ],
  'a carry that does not leave': [withOutputs({ carry: [] }), 'carry "h" has no output'],
  'a carry that leaves as something else': [
    withOutputs({ carry: [{ name: 'h', value: w }] }),
    'carry "h": enters as float32[2], leaves as float32[3,2]',
  ],
  'a carry that never entered': [
    withOutputs({ carry: [...valid().outputs.carry, { name: 'g', value: h }] }),
    'carry output "g" has no carry input of that name',
  ],
}

describe('verify', () => {
  it('returns a valid program itself', () => {
    const program = valid()
    expect(verify(program)).toBe(program)
  })

  it('passes whatever a builder makes', () => {
    fc.assert(
      fc.property(programs, (program) => {
        expect(verify(program)).toBe(program)
      }),
    )
  })

  it.each(Object.entries(broken))('refuses %s', (_, [program, message]) => {
    expect(() => verify(program)).toThrow(ProgramError)
    expect(() => verify(program)).toThrow(message)
    expect(() => verify(program)).toThrow('[core] program "p": ')
  })
})
