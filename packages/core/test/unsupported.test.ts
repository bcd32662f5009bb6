/** An operation that a backend lacks is told before anything is trained, with the layers that need it. */
import { describe, expect, it } from 'vitest'
import type { OpName } from '../src/ir/ops/index.js'
import { UnsupportedOpError } from '../src/errors.js'
import { train } from '../src/index.js'
import { smallPlan } from './check-subjects.js'
import { faultyBackend } from './faulty-backend.js'

/** A backend whose table has no line for an operation, with the scans that it was asked for. */
function lacking(op: OpName) {
  const scans: string[] = []
  const backend = faultyBackend({
    compile: async (right, program, constants) => {
      if (program.nodes.some((node) => node.op === op)) throw new UnsupportedOpError('faulty', op)
      return right(program, constants)
    },
    scan: (right, carry, xs) => {
      scans.push(op)
      return right.scan(carry, xs)
    },
  })
  return { backend, scans }
}

async function failureOf(op: OpName, changes: Record<string, unknown>) {
  const { backend, scans } = lacking(op)
  try {
    for await (const event of train({ plan: smallPlan(changes, 100, 30), backend })) void event
  } catch (error) {
    return { error, scans }
  }
  throw new Error('expected a failure')
}

const layers = [{ type: 'flatten' }, { type: 'dense', units: 6, activation: 'tanh' }, { type: 'dense', units: 10 }]

describe('a backend that lacks an operation', () => {
  it('is told the layer that needs it, and nothing is trained', async () => {
    const { error, scans } = await failureOf('tanh', { model: { layers } })
    expect(error).toMatchObject({
      name: 'UnsupportedOpError',
      op: 'tanh',
      message:
        '[faulty] operation "tanh" is not supported: needed by activation1, first in node forward/activation1/tanh; ' +
        'take a backend that has it, such as reference, or a network that does without',
    })
    expect(scans).toEqual([])
  })

  it('is told before training of one that evaluation alone needs', async () => {
    const { error, scans } = await failureOf('argMax', { model: { layers } })
    expect(String(error)).toContain('operation "argMax" is not supported: needed by')
    expect(scans).toEqual([])
  })
})
