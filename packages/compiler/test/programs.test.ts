/** Random programs compute on loops what the reference computes. */
import { referenceBackend } from '@isograd/core'
import type { Backend, TensorMap } from '@isograd/core/backend'
import { expect, it } from 'vitest'
import { compilerBackend } from '../src/backend.js'
import { interpreting } from '../src/loops/interpret.js'
import { drawProgram } from './draw-program.js'

async function scanned(backend: Backend, { program, constants, carry, xs }: ReturnType<typeof drawProgram>) {
  const executable = await backend.compile(program, constants)
  const result = await executable.scan(carry, xs)
  await executable.dispose()
  return result
}

/** The largest difference, beside the largest number of the tensor. */
function difference(a: TensorMap, b: TensorMap): number {
  return Math.max(
    0,
    ...Object.entries(a).map(([name, { data }]) => {
      const other = b[name]?.data ?? []
      const size = Math.max(1e-300, ...Array.from(data, (x) => Math.abs(x)).filter(Number.isFinite))
      return Math.max(
        0,
        ...Array.from(data, (x, i) =>
          Object.is(x, other[i]) || x === other[i] ? 0 : Math.abs(x - Number(other[i])) / size,
        ),
      )
    }),
  )
}

const COUNT = Number(process.env['ISOGRAD_DRAWN'] ?? '300')
const FIRST = Number(process.env['ISOGRAD_FIRST'] ?? '0')

it(`${COUNT} drawn programs on the interpreter`, async () => {
  const [loops, reference] = [compilerBackend(interpreting, { device: 'cpu', options: {} }), referenceBackend()]
  const wrong: string[] = []
  for (let seed = FIRST; seed < FIRST + COUNT; seed++) {
    try {
      const drawn = drawProgram(seed, { operations: 12 + (seed % 50), batch: 1 + (seed % 4), steps: 1 + (seed % 3) })
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const [got, expected] = [await scanned(loops, drawn), await scanned(reference, drawn)]
      const worst = Math.max(difference(expected.carry, got.carry), difference(expected.ys, got.ys))
      if (!(worst < 1e-9)) wrong.push(`seed ${seed}: off by ${worst}`)
    } catch (error) {
      wrong.push(`seed ${seed}: ${String(error)}`)
    }
  }
  expect(wrong).toEqual([])
})
