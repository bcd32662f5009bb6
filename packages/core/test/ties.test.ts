/** Decisions of a step that rounding makes: which of them count as close, and what is put in their place. */
import { describe, expect, it } from 'vitest'
import { flippedDecisions, flippedMaxima } from '../src/compare/steps/ties.js'
import type { AlterableNode } from '../src/compare/steps/traced-step.js'
import type { OpName, ProgramNode } from '../src/ir/index.js'

const ROUNDOFF = 2 ** -24

function tensor(shape: readonly number[], data: readonly number[]) {
  return { shape, data: Float64Array.from(data) }
}

type Value = ReturnType<typeof tensor>

/** A node with its value and inputs; of the rest nothing is asked but the operation that made the first input. */
function altered(op: OpName, value: Value, inputs: readonly Value[], madeBy?: OpName, attributes: object = {}) {
  const node = { op, attributes, stage: 'forward' } as unknown as ProgramNode
  const makers = madeBy === undefined ? [] : [{ op: madeBy } as ProgramNode]
  return { node, value, inputs, madeBy: makers, readBy: [] } satisfies AlterableNode
}

const decisions = flippedDecisions(ROUNDOFF)
const [near, far] = [8 * ROUNDOFF, 64 * ROUNDOFF]

describe('beside a largest number of 1', () => {
  it('relu gives what is on the other side of 0, but of 0 itself, which every implementation computes', () => {
    const [x, y] = [tensor([6], [1, near, -near, far, -far, 0]), tensor([6], [1, near, 0, far, 0, 0])]
    expect(decisions(altered('relu', y, [x]))?.data).toEqual(Float64Array.of(1, 0, Number.MIN_VALUE, far, 0, 0))
  })

  it('a comparison with one number or as many is decided the other way, and one of a unit of relu follows the unit', () => {
    const [x, y] = [tensor([4], [1, near, -near, far]), tensor([4], [1, 1, 0, 1])]
    const turned = Float64Array.of(1, 0, 1, 1)
    expect(decisions(altered('greater', y, [x, tensor([], [0])]))?.data).toEqual(turned)
    expect(decisions(altered('greater', y, [x, tensor([4], [0, 0, 0, 0])]))?.data).toEqual(turned)
    expect(decisions(altered('greater', y, [x, tensor([], [0])], 'relu'))).toBeUndefined()
  })

  it('a sign is the other one', () => {
    expect(decisions(altered('sign', tensor([2], [1, -1]), [tensor([2], [near, -1])]))?.data).toEqual(
      Float64Array.of(-1, -1),
    )
  })
})

describe('pooling', () => {
  const attributes = {
    window: [1, 2],
    strides: [1, 2],
    padding: [
      [0, 0],
      [0, 0],
    ],
    dilations: [1, 1],
  }
  const x = tensor([1, 1, 1, 6], [1, 1 - near, 0.5, 0.5 + far, 0.25, 0.25])

  it('hands the gradient of a window to the one that is nearly the largest, and to the first of equal ones as ever', () => {
    const [value, dy] = [tensor([1, 1, 1, 6], [1, 0, 0, 2, 3, 0]), tensor([1, 1, 1, 3], [1, 2, 3])]
    const node = altered('maxPoolData', value, [x, dy], undefined, attributes)
    expect(flippedMaxima(ROUNDOFF)(node)?.data).toEqual(Float64Array.of(0, 1, 0, 2, 3, 0))
  })

  it('looks at each window by itself: one that is second here may be the largest of the next, and two may be equal', () => {
    const sliding = { ...attributes, strides: [1, 1] }
    const next = tensor([1, 1, 1, 3], [1, 1 - near, 0.5])
    const node = altered('maxPoolData', next, [next, tensor([1, 1, 1, 2], [1, 2])], undefined, sliding)
    expect(flippedMaxima(ROUNDOFF)(node)?.data).toEqual(Float64Array.of(0, 3, 0))
    const whole = { ...attributes, window: [1, 3] }
    const equal = tensor([1, 1, 1, 3], [1, 1, 1 - near])
    const other = altered('maxPoolData', equal, [equal, tensor([1, 1, 1, 1], [1])], undefined, whole)
    expect(flippedMaxima(ROUNDOFF)(other)?.data).toEqual(Float64Array.of(0, 0, 1))
  })

  it('stays where nothing is close', () => {
    const apart = tensor([1, 1, 1, 6], [1, 0, 1, 0, 1, 1])
    const node = altered('maxPool', tensor([1, 1, 1, 3], [1, 1, 1]), [apart, apart], undefined, attributes)
    expect(flippedMaxima(ROUNDOFF)(node)).toBeUndefined()
  })
})
