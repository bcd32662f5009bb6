/** Sums of what a long chain of elementwise operations makes, each of which reads the one before twice. */
import { tensor } from '@isograd/core/backend'
import { Builder } from '@isograd/core/ir'
import { expect, it } from 'vitest'
import { compilerBackend } from '../src/backend.js'
import { interpreting } from '../src/loops/interpret.js'

const LINKS = 60

/** The sum over each row of ((x + x) / 2 + ...) / 2, which is x: written out it has 2^60 terms. */
function program() {
  const b = new Builder('chain')
  const x = b.xs('x', { dtype: 'float32', shape: ['batch', 4] })
  const half = b.constant(0.5, 'float32')
  let link = x
  for (let i = 0; i < LINKS; i++) link = b.mul(b.add(link, link), half)
  return b.finish({ carry: {}, ys: { sum: b.reduceSum(link, [1]) } })
}

it('are not written out', async () => {
  const backend = compilerBackend(interpreting, { device: 'cpu', options: {} })
  const executable = await backend.compile(program(), {})
  const { ys } = await executable.scan({}, { x: tensor('float32', [1, 2, 4], [1, 2, 3, 4, 5, 6, 7, 8]) })
  expect([...(ys['sum']?.data ?? [])]).toEqual([10, 26])
  await executable.dispose()
})
