/**
 * Checks of a backend that differentiates by itself, as its option `gradients` says: its gradients are held to the
 * program's as whole tensors, and to no operation's rounding bound.
 */
import { describe, expect, it } from 'vitest'
import type { Backend } from '../src/backend/contract.js'
import { checkExperiment } from '../src/compare/check.js'
import type { Program, ProgramNode, ValueId } from '../src/ir/program.js'
import { verify } from '../src/ir/verify.js'
import { referenceBackend } from '../src/reference/backend.js'
import { checkOf, healthy, smallPlan } from './check-subjects.js'

/** The program with every noted gradient times `factor`, computed in the place of the gradient. */
function scaled(program: Program, factor: number): Program {
  const noted = new Set(program.gradients?.map(({ gradient }) => gradient))
  let next = Math.max(...program.nodes.map(({ id }) => id))
  const nodes = program.nodes.flatMap((node): ProgramNode[] => {
    if (!noted.has(node.id) || node.type.dtype !== 'float32') return [node]
    const [raw, number] = [++next as ValueId, ++next as ValueId]
    const constant = { value: factor, dtype: node.type.dtype }
    const common = { stage: node.stage, layer: node.layer }
    return [
      { ...node, id: raw, name: `${node.name}/raw` },
      {
        ...common,
        op: 'constant',
        id: number,
        name: `${node.name}/factor`,
        inputs: [],
        attributes: constant,
        type: { dtype: 'float32', shape: [] },
      },
      { ...common, op: 'mul', id: node.id, name: node.name, inputs: [raw, number], attributes: {}, type: node.type },
    ]
  })
  return verify({ ...program, nodes })
}

/** The reference with gradients that are off by `factor`, and with `options`. */
function differentiating(factor: number, options: Backend['info']['options']): Backend {
  const reference = referenceBackend()
  return {
    ...reference,
    name: 'own',
    info: { ...reference.info, options },
    compile: (program, constants) => reference.compile(scaled(program, factor), constants),
  }
}

const arm = smallPlan({ optimizer: { type: 'sgd', learningRate: 0.1 } })

async function check(backend: Backend, modes: Parameters<typeof checkOf>[2]) {
  return checkExperiment(checkOf(arm, [healthy('other'), backend], modes))
}

describe('gradients that are rounded otherwise than one operation may', () => {
  const factor = 1 + 2 ** -15

  it('are a fault of an operation where the program makes them', async () => {
    const { verdict, findings } = await check(differentiating(factor, {}), ['ops', 'step'])
    expect(verdict).toBe('disagree')
    expect(new Set(findings.flatMap(({ stage = '' }) => stage))).toEqual(new Set(['weight-gradient']))
  })

  it('are none where the backend differentiates by itself', async () => {
    const { verdict, findings } = await check(differentiating(factor, { gradients: 'mine' }), ['ops', 'step'])
    expect([verdict, findings]).toEqual(['agree', []])
  })
})

describe('gradients of a wrong differentiation', () => {
  it('are found and told by parameter, though no operation is wrong', async () => {
    const { verdict, findings } = await check(differentiating(1.01, { gradients: 'mine' }), ['step'])
    expect(verdict).toBe('disagree')
    const faults = findings.filter(({ severity, step }) => severity === 'fault' && step === 0)
    expect(faults.map(({ kind, backend }) => `${kind} of ${backend}`)).toEqual(Array(4).fill('gradient of own'))
    expect(faults.map(({ tensor = '' }) => tensor).toSorted()).toEqual([
      'dense1.bias',
      'dense1.weight',
      'dense2.bias',
      'dense2.weight',
    ])
    for (const { measured = 0, sentence } of faults) {
      expect(measured).toBeCloseTo(0.01, 5)
      expect(sentence).toContain(
        'the backend differentiates by itself, and not as the program does: one of the two is wrong',
      )
    }
  })
})
