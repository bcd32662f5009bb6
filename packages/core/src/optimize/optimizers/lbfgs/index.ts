/** L-BFGS as a record of the table of optimizers: its settings, and its state as tensors. */
import * as z from 'zod/mini'
import { hostOptimizer } from '../optimizer.js'
import { nonNegative, positive } from '../settings.js'
import { lbfgsStep } from './lbfgs.js'
import { initialLbfgsState, LBFGS_PREFIX, lbfgsStateOf, lbfgsTensors } from './state.js'

const wholeNumber = z.int().check(z.gte(1), z.lte(1_000_000))

/** `{ "type": "lbfgs" }`; `maxEvaluations` defaults to 5/4 of `maxIterations`. */
export const lbfgs = hostOptimizer({
  runs: 'host',
  settings: {
    learningRate: z._default(positive, 1),
    maxIterations: z._default(wholeNumber, 20),
    maxEvaluations: z.optional(wholeNumber),
    toleranceGradient: z._default(nonNegative, 1e-7),
    toleranceChange: z._default(nonNegative, 1e-9),
    history: z._default(wholeNumber, 100),
    lineSearch: z._default(z.enum(['none', 'strongWolfe']), 'none'),
  },
  statePrefix: LBFGS_PREFIX,
  initial: () => lbfgsTensors(initialLbfgsState),
  checkState: (carry) => void lbfgsStateOf(carry),
  step: async (evaluate, carry, parameters, settings) => {
    const result = await lbfgsStep(lbfgsStateOf(carry), parameters, evaluate, settings)
    return { ...result, state: lbfgsTensors(result.state) }
  },
  updates: ({ maxIterations }) => maxIterations,
})
