/** Laws of initializers: every element of the shape, finite, and a function of the stream alone. */
import type { InitialContext, InitializerRecord } from '../../model/initializers/initializer.js'
import { RandomStream } from '../../random/stream.js'
import { elementCount } from '../../tensor.js'
import { firstNotFinite, type Law, type Subject } from './law.js'

/** The shape of a weight that initializers are tried with. */
export const INITIALIZED_SHAPE: readonly number[] = [6, 4]

function context(): InitialContext {
  return { shape: INITIALIZED_SHAPE, fans: { fanIn: 6, fanOut: 4 }, stream: new RandomStream(0, 'weights', 0) }
}

/** The laws of an initializer. */
export function initializerLaws({ record, spec }: Subject<InitializerRecord>): Law[] {
  const fill = (): Float64Array => record.fill(spec, context())
  return [
    {
      law: 'shape',
      check: () => {
        const [got, expected] = [fill().length, elementCount(INITIALIZED_SHAPE)]
        return got === expected
          ? undefined
          : `expected ${expected} numbers for [${INITIALIZED_SHAPE.join(',')}], got ${got}`
      },
    },
    {
      law: 'finite',
      check: () => {
        const values = fill()
        const at = firstNotFinite(values)
        return at < 0 ? undefined : `element ${at} is ${values[at]}`
      },
    },
    {
      law: 'determinism',
      check: () => {
        const [first, second] = [fill(), fill()]
        const at = first.findIndex((value, i) => !Object.is(value, second[i]))
        return at < 0 ? undefined : `element ${at} from one stream: first ${first[at]}, then ${second[at]}`
      },
    },
  ]
}
