/**
 * Single float32 numbers at which backends were found to err most, by `isograd atlas --worst`: where a function's approximation
 * is worst, a reduction of its argument changes, or a result lies all but in the middle of two numbers.
 */
import type { Builder, Value } from '../../ir/builder.js'
import type { OpName } from '../../ir/ops/index.js'
import { BOUNDED, type CaseTolerance, ELEMENTARY, ROUNDED, type ValueCase } from '../case.js'
import { cycle, operationCases } from '../operation-case.js'
import { ones } from './activation.js'
import found from './worst-inputs.json' with { type: 'json' }

type Rounding = 'add' | 'sub' | 'mul' | 'div' | 'exp' | 'log' | 'sqrt' | 'sigmoid' | 'tanh'

const tolerances: Readonly<Record<Rounding, CaseTolerance>> = {
  add: ROUNDED,
  sub: ROUNDED,
  mul: ROUNDED,
  div: ROUNDED,
  exp: ELEMENTARY,
  log: ELEMENTARY,
  sqrt: ROUNDED,
  sigmoid: BOUNDED,
  tanh: BOUNDED,
}

const word = new Uint32Array(1)
const float32 = new Float32Array(word.buffer)

function floatOf(hexadecimal: string): number {
  word[0] = Number.parseInt(hexadecimal, 16)
  return float32[0] as number
}

function casesOf(op: OpName, tolerance: CaseTolerance, inputs: readonly string[]): ValueCase[] {
  const tuples = inputs.map((input) => input.split(' ').map(floatOf))
  const operands = ['x', 'y'].slice(0, tuples[0]?.length)
  const emit = (b: Builder, values: readonly Value[]): Value => b.emit(op, [...values], {})
  return operationCases({
    id: `${op}/worst`,
    ops: [op],
    about: `${op} where backends were found to err most`,
    inputs: Object.fromEntries(
      operands.map((name, i) => [
        name,
        { shape: [tuples.length], fill: cycle(tuples.map((tuple) => tuple[i] as number)) },
      ]),
    ),
    emit,
    ...(tolerance.scale === 'magnitude' && { magnitude: ones }),
    tolerance,
    steps: 1,
  })
}

/** The cases. */
export function worstCases(): ValueCase[] {
  const { operations }: { readonly operations: Readonly<Partial<Record<string, readonly string[]>>> } = found
  return Object.entries(tolerances).flatMap(([op, tolerance]) => {
    const inputs = operations[op] ?? []
    return inputs.length === 0 ? [] : casesOf(op as Rounding, tolerance, inputs)
  })
}
