/** Errors of the elementary functions as an atlas measures them, against those that the C program of `math/measure.sh` has printed. */
import { readFileSync } from 'node:fs'
import { measureOperation, operationsMatching } from '@isograd/core/compare'
import { expect, it } from 'vitest'
import { isogradAdapter } from '../src/index.js'

const measured = readFileSync(new URL('math/measured.txt', import.meta.url), 'utf8')
/** `exp     f32  0.9200 ulp at -0x1.4aa5aep+2, ...; a * b + c rounded twice`, as wasm does it. */
const line = /^(\w+) +f32 +([\d.]+) ulp at (-?)0x1\.([0-9a-f]+)p([+-]\d+),.*rounded twice$/gm

const worst = [...measured.matchAll(line)].map(([, name = '', units, sign, digits = '', power]) => {
  const size = (1 + Number.parseInt(digits, 16) / 16 ** digits.length) * 2 ** Number(power)
  return { name, units: Number(units), at: sign === '-' ? -size : size }
})

it.each(worst)('$name is $units units off at $at', async ({ name, units, at }) => {
  const made = await isogradAdapter.create('wasm', {})
  if (!made.ok) throw new Error(made.reason)
  const [operation] = operationsMatching('--only', [name])
  if (operation === undefined) throw new Error(`no ${name}`)
  const [row] = await measureOperation(operation, [made.backend], [[Float32Array.of(at)]])
  await made.backend.dispose()
  const [found] = row !== undefined && 'errors' in row ? row.errors.byExponent : []
  // As many digits as the C program prints.
  expect(found?.units).toBeCloseTo(units, 4)
})

it('the C program has measured four functions', () => {
  expect(worst.map(({ name }) => name)).toEqual(['exp', 'log', 'tanh', 'sigmoid'])
})
