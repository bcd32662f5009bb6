/** Laws of regularizers and constraints: the program is the formula, its gradient the slope, and shapes stay. */
import { BATCH } from '../../ir/program.js'
import type { ConstraintRecord } from '../../model/constraints/constraint.js'
import type { RegularizerRecord } from '../../model/regularizers/regularizer.js'
import { isNear, type Law, type Subject } from './law.js'
import { normals, ROWS, WIDTH } from './points.js'
import { evaluated, float32Breach, type Givens, gradientBreach, valueOf } from './program.js'

const VALUE_TOLERANCE = 1e-12

const shape = [BATCH, WIDTH] as const
const points = normals(ROWS * WIDTH, 0)
const givens: Givens = { parameter: { shape, data: points, isVariable: true } }

/** The laws of a regularizer. */
export function regularizerLaws({ record, spec }: Subject<RegularizerRecord>): Law[] {
  return [
    {
      law: 'value',
      check: async () => {
        const { penalty } = await evaluated(givens, 'float64', (b, values) => ({
          penalty: record.emit(b, valueOf(values, 'parameter'), spec),
        }))
        const [expected, got] = [record.value(points, spec), Number(penalty?.data[0])]
        if (isNear(got, expected, VALUE_TOLERANCE)) return undefined
        return `expected ${expected} by value(), the program gives ${got}`
      },
    },
    {
      law: 'gradient',
      check: () =>
        gradientBreach(
          givens,
          (b, values) => record.emit(b, valueOf(values, 'parameter'), spec),
          (moved) => moved.map((point) => record.value(point, spec)),
        ),
    },
    {
      law: 'float32',
      check: () => float32Breach(givens, [], (b, values) => record.emit(b, valueOf(values, 'parameter'), spec)),
    },
  ]
}

/** The laws of a constraint. */
export function constraintLaws({ record, spec }: Subject<ConstraintRecord>): Law[] {
  const emitShaped = () =>
    float32Breach(givens, shape, (b, values) => record.emit(b, valueOf(values, 'parameter'), spec))
  return [{ law: 'float32', check: emitShaped }]
}
