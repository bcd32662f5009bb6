/**
 * Decisions that rounding makes: a unit of relu close to 0, a comparison of two numbers that are close, the largest of a window
 * beside one that is nearly as large. What two sound implementations give may differ by a whole unit there.
 */
import type { NumericTensor, Operation } from '../../ir/ops/operation.js'
import { type OpName, operationOf } from '../../ir/ops/index.js'
import { forEachWindow, type PoolAttributes } from '../../ir/ops/pooling.js'
import type { AlterableNode, Alteration } from './traced-step.js'

/** Roundings of the largest element by which two numbers may be apart and still be a tie. */
const TIE = 32

function tieOf({ data }: NumericTensor, roundoff: number): number {
  return TIE * roundoff * Array.from(data, Number).reduce((largest, x) => Math.max(largest, Math.abs(x)), 0)
}

/** Numbers that are apart, and by no more than a tie. What is equal in float64 is so by its making, and elsewhere too. */
function areTied(a: number, b: number, tie: number): boolean {
  const distance = Math.abs(a - b)
  return distance > 0 && distance <= tie
}

/** A value with some elements changed; undefined where none is. */
function changedWhere(
  { shape, data }: NumericTensor,
  isChanged: (i: number) => boolean,
  change: (x: number) => number,
): NumericTensor | undefined {
  let isAny = false
  const changed = Float64Array.from(data, (x, i) => {
    if (!isChanged(i)) return x
    isAny = true
    return change(x)
  })
  return isAny ? { shape, data: changed } : undefined
}

/** A comparison with near ties decided the other way; the second side is as long as the first, or one number. */
function flippedComparison({ value, inputs: [a, b] }: AlterableNode, roundoff: number): NumericTensor | undefined {
  if (a === undefined || b === undefined || ![1, a.data.length].includes(b.data.length)) return undefined
  const [tie, isOne] = [tieOf(a, roundoff), b.data.length === 1]
  const isTied = (i: number): boolean => areTied(Number(a.data[i]), Number(b.data[isOne ? 0 : i]), tie)
  return changedWhere(value, isTied, (decided) => 1 - decided)
}

/** The result of an operation that turns at 0, with what is close to 0 on the other side. */
function turned(
  { value, inputs: [x] }: AlterableNode,
  roundoff: number,
  turn: (y: number) => number,
): NumericTensor | undefined {
  if (x === undefined) return undefined
  const tie = tieOf(x, roundoff)
  return changedWhere(value, (i) => areTied(Number(x.data[i]), 0, tie), turn)
}

/** Every decision between two numbers that are nearly equal, taken the other way. A comparison that reads a unit of relu follows that. */
export function flippedDecisions(roundoff: number): Alteration {
  return (one) => {
    const { op, stage } = one.node
    if (op === 'relu') return turned(one, roundoff, (y) => (y > 0 ? 0 : Number.MIN_VALUE))
    if (op === 'sign') return turned(one, roundoff, (y) => -y)
    const isComparison = (op === 'greater' || op === 'greaterEqual') && stage !== 'update'
    return isComparison && one.madeBy[0]?.op !== 'relu' ? flippedComparison(one, roundoff) : undefined
  }
}

/** The values to be pooled, with the largest of a window below one that is nearly as large; undefined where there is none. */
function loweredMaxima(pooled: NumericTensor, attributes: PoolAttributes, roundoff: number): NumericTensor | undefined {
  const { data } = pooled
  const tie = tieOf(pooled, roundoff)
  const lowered = new Set<number>()
  forEachWindow(pooled, attributes, (_, from, within) => {
    const values = within.map((place) => data[from + place] as number)
    const most = Math.max(...values)
    if (!values.some((value) => areTied(value, most, tie))) return
    for (const [i, place] of within.entries()) if (values[i] === most) lowered.add(from + place)
  })
  return changedWhere(
    pooled,
    (i) => lowered.has(i),
    (x) => x - 2 * tie,
  )
}

/** Every largest of a window that another nearly equals, given up for that. */
export function flippedMaxima(roundoff: number): Alteration {
  return ({ node: { op, attributes }, value: { shape }, inputs: [pooled, ...others] }) => {
    if (pooled === undefined || (op !== 'maxPool' && op !== 'maxPoolData')) return undefined
    const lowered = loweredMaxima(pooled, attributes, roundoff)
    const evaluate = operationOf(op).evaluate as Operation<unknown>['evaluate']
    return lowered && { shape, data: evaluate([lowered, ...others], attributes, [...shape]) }
  }
}

/** The ways in which near ties are decided otherwise, each with the operations that it looks at. */
export const tieFlips: readonly { readonly ops: readonly OpName[]; readonly flip: (roundoff: number) => Alteration }[] =
  [
    { ops: ['relu', 'sign', 'greater', 'greaterEqual'], flip: flippedDecisions },
    { ops: ['maxPool', 'maxPoolData'], flip: flippedMaxima },
  ]
