/** The counter of operations without code, on a compiler that has lost a rule: that of `oneHot` writes nothing here. */
import { tensor } from '@isograd/core/backend'
import { Builder } from '@isograd/core/ir'
import { afterAll, describe, expect, it, vi } from 'vitest'

const moves = '../src/lower/moves.js'

// Files share their modules: those that other files have loaded are not touched, and none of these is left to them.
vi.resetModules()
vi.doMock(moves, async (importOriginal) => ({
  ...(await importOriginal<typeof import('../src/lower/moves.js')>()),
  oneHot: () => [],
}))
const { isogradAdapter } = await import('../src/node-adapter.js')

afterAll(() => {
  vi.doUnmock(moves)
  vi.resetModules()
})

/** Rows of a table by their numbers, as a product with ones or as rows that are gathered. */
function program(isProduct: boolean) {
  const b = new Builder('rows')
  const table = b.carry('table', { dtype: 'float32', shape: [3, 2] })
  const rows = b.xs('rows', { dtype: 'int32', shape: ['batch'] })
  const found = isProduct ? b.matmul(b.oneHot(rows, 3, 'float32'), table) : b.gatherRows(table, rows)
  return b.finish({ carry: { table }, ys: { sum: b.reduceSum(b.tanh(found)) } })
}

const carry = { table: tensor('float32', [3, 2], [1, 2, 3, 4, 5, 6]) }
const xs = { rows: tensor('int32', [1, 2], [2, 0]) }

const opened = await Promise.all(
  ['wasm', 'native'].map(async (name) => ({ name, made: await isogradAdapter.create(name, { threads: 1 }) })),
)

describe.each(opened)('$name', ({ made }) => {
  it.skipIf(!made.ok)('counts the operation that no kernel computes, and none where all are', async () => {
    if (!made.ok) return
    const { backend } = made
    const counts: unknown[] = []
    for (const isProduct of [false, true, true]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const executable = await backend.compile(program(isProduct), {})
      // oxlint-disable-next-line no-await-in-loop
      await executable.scan(carry, xs)
      counts.push(backend.info.options['interpreted'])
    }
    await backend.dispose()
    expect(counts).toEqual([0, 1, 2])
  })
})
