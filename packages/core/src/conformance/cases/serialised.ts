/** A sample of the cases once more, with the program sent through its text: no backend may rely on object identity. */
import { opNames } from '../../ir/ops/index.js'
import { parseProgram, stringifyProgram } from '../../ir/serialize.js'
import type { ConformanceCase, ValueCase } from '../case.js'

function throughText(one: ValueCase): ValueCase {
  return {
    ...one,
    id: `serialised/${one.id}`,
    about: `${one.about}; the program parsed from its text`,
    build: () => {
      const data = one.build()
      return { ...data, program: parseProgram(stringifyProgram(data.program)) }
    },
  }
}

/** One case of each operation for each dtype, and all training steps, through text. */
export function serialisedCases(cases: readonly ConformanceCase[]): ValueCase[] {
  const values = cases.filter((one): one is ValueCase => one.kind === 'values')
  const firsts = opNames.flatMap((op) =>
    (['float32', 'float64'] as const).flatMap(
      (dtype) => values.find((one) => one.ops[0] === op && one.dtype === dtype) ?? [],
    ),
  )
  return [...firsts, ...values.filter(({ id }) => id.startsWith('training/'))].map(throughText)
}
