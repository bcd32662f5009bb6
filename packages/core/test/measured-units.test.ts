/** The errors of a backend in units in the last place, as they are measured and not as it says. */
import { expect, it } from 'vitest'
import { measureUnits } from '../src/compare/index.js'
import { UnsupportedOpError } from '../src/errors.js'
import { referenceBackend } from '../src/reference/backend.js'
import { faultyBackend } from './faulty-backend.js'

it('what is rounded from float64 is off by half a unit', async () => {
  const units = await measureUnits(referenceBackend())
  expect(Object.keys(units)).toEqual(['exp', 'log', 'sqrt', 'sigmoid', 'tanh', 'mul', 'div'])
  for (const worst of Object.values(units)) expect(worst).toBeCloseTo(0.5, 2)
})

it('a factor of 1 + 2^-20 is off by 8 units at the lower end of a binade and by 16 at the upper one', async () => {
  const backend = faultyBackend({
    operations: {
      mul: (inputs, attributes, shape, right) => right(inputs, attributes, shape).map((x) => x * (1 + 2 ** -20)),
    },
  })
  const { mul, div } = await measureUnits(backend)
  expect([Math.round(Number(mul)), Number(div).toFixed(1)]).toEqual([16, '0.5'])
})

/** A backend that refuses programs with a logarithm. */
const refusing = (error: Error) =>
  faultyBackend({
    compile: async (right, program, constants) => {
      if (program.nodes.some(({ op }) => op === 'log')) throw error
      return right(program, constants)
    },
  })

it('leaves out what a backend lacks, and goes no further than a failure', async () => {
  const lacking = await measureUnits(refusing(new UnsupportedOpError('faulty', 'log')))
  expect(Object.keys(lacking)).toEqual(['exp', 'sqrt', 'sigmoid', 'tanh', 'mul', 'div'])
  const failing = Object.assign(new Error('lost'), { name: 'BackendError' })
  expect(Object.keys(await measureUnits(refusing(failing)))).toEqual(['exp'])
})
