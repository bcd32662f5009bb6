/** Whole checks of backends whose values leave the range or the precision of their dtype, as they may or may not. */
import { describe, expect, it } from 'vitest'
import type { Backend } from '../src/backend/contract.js'
import { checkExperiment } from '../src/compare/check.js'
import { scanByStep } from '../src/backend/scan.js'
import { concreteShape, type ProgramNode, type ValueId } from '../src/ir/program.js'
import { operationOf } from '../src/ir/ops/index.js'
import type { NumericTensor, Operation } from '../src/ir/ops/operation.js'
import { inputValues } from '../src/observe/float64-evaluator.js'
import { reducedFormats } from '../src/numerics/reduced-formats.js'
import { referenceBackend } from '../src/reference/backend.js'
import { tensor, type Tensor } from '../src/tensor.js'
import { checkOf, smallPlan } from './check-subjects.js'

type Change = (node: ProgramNode) => ((value: number) => number) | undefined

function apply(x: NumericTensor, change?: (value: number) => number): NumericTensor {
  const isChanged = change !== undefined && x.data instanceof Float32Array
  return isChanged ? { ...x, data: Float64Array.from(x.data, change) } : x
}

/** The reference with changed operands and results of some nodes. */
function changing(name: string, ofOperands: Change, ofResults: Change, info: Partial<Backend['info']> = {}): Backend {
  const reference = referenceBackend()
  return {
    ...reference,
    name,
    info: { ...reference.info, ...info },
    compile: async (program, constants) =>
      scanByStep(program, constants, name, (carry, x, batch) => {
        const values = inputValues(program, { constants, carry, x })
        const valueOf = (id: ValueId): Tensor => values.get(id) ?? tensor('float32', [], [])
        for (const node of program.nodes) {
          const { evaluate } = operationOf(node.op) as Operation<unknown>
          const shape = concreteShape(node.type.shape, batch)
          const operands = node.inputs.map((id) => apply(valueOf(id), ofOperands(node)))
          const made = tensor(node.type.dtype, shape, evaluate(operands, node.attributes, shape))
          const { data } = apply(made, ofResults(node))
          values.set(node.id, tensor(node.type.dtype, shape, data))
        }
        const pick = (outputs: readonly { name: string; value: ValueId }[]) =>
          Object.fromEntries(outputs.map((output) => [output.name, valueOf(output.value)]))
        return { carry: pick(program.outputs.carry), y: pick(program.outputs.ys) }
      }),
  }
}

const never: Change = () => undefined
const flush: Change = () => (value) => (Math.abs(value) < 2 ** -126 ? 0 : value)
const ofProducts =
  (round: (value: number) => number): Change =>
  ({ op }) =>
    op === 'matmul' ? round : undefined

function deep(sd: number, activation: string) {
  const layers = [1, 2, 3, 4, 5, 6, 7].flatMap(() => [{ type: 'dense', units: 16 }, { type: 'activation' }])
  return smallPlan({
    model: { layers: [{ type: 'flatten' }, ...layers, { type: 'dense', units: 10 }] },
    activation,
    initializers: { weights: { type: 'randomNormal', sd } },
    optimizer: { type: 'sgd', learningRate: 0.1 },
  })
}

async function check(plan: Parameters<typeof checkOf>[0], backend: Backend) {
  const { verdict, findings, failures } = await checkExperiment(checkOf(plan, [backend]))
  return { verdict, failures, findings: findings.map(({ severity, kind, sentence }) => ({ severity, kind, sentence })) }
}

describe('a backend that flushes subnormal numbers', () => {
  it('agrees, and what it loses of gradients that vanish is told as that', async () => {
    const { verdict, findings, failures } = await check(deep(3e-6, 'tanh'), changing('flushing', flush, flush))
    expect([verdict, failures]).toEqual(['agree', []])
    expect(findings.map(({ kind }) => kind)).toEqual(['underflow'])
  })
})

describe('values that overflow', () => {
  it('are one remark, and no amplification', async () => {
    const { verdict, findings } = await check(deep(1e30, 'relu'), changing('plain', never, never))
    expect(verdict).toBe('agree')
    expect(findings).toMatchObject([{ severity: 'remark', kind: 'overflow' }])
    expect(findings[0]?.sentence).toMatch(/overflowed from step 0 on/)
  })
})

describe('fewer bits than the dtype has', () => {
  const { round } = reducedFormats.tf32

  it('are a fault that is named', async () => {
    const { verdict, findings } = await check(smallPlan(), changing('rough', ofProducts(round), never))
    expect(verdict).toBe('disagree')
    expect(findings[0]?.sentence).toMatch(/matmul "forward\/dense1\/matmul" behaves like TF32 \(10 bits\)/)
  })

  it('are none where they are declared, which is told', async () => {
    const declared = changing('rough', ofProducts(round), never, { precision: 'tf32' })
    const { verdict, findings } = await check(smallPlan(), declared)
    expect(verdict).toBe('agree')
    expect(findings).toMatchObject([{ severity: 'remark', kind: 'precision' }])
    expect(findings[0]?.sentence).toMatch(/held to TF32 \(10 bits\), as it declares/)
  })

  it('are a fault where others are declared', async () => {
    const coarse = ofProducts(reducedFormats.bfloat16.round)
    const { verdict, findings } = await check(smallPlan(), changing('rough', coarse, never, { precision: 'tf32' }))
    expect(verdict).toBe('disagree')
    expect(findings.some(({ sentence }) => /behaves like bfloat16/.test(sentence))).toBe(true)
  })
})
