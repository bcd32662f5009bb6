/** Scans of one executable: several at once, of many batches, and what is disposed while they run. */
import { BackendError, type Executable, tensor } from '@isograd/core/backend'
import { Builder } from '@isograd/core/ir'
import { describe, expect, it } from 'vitest'
import { isogradAdapter } from '../src/node-adapter.js'

/** c' = c W + the sum of the batch, with a product that takes a while. */
function program(size: number) {
  const b = new Builder('walk')
  const c = b.carry('c', { dtype: 'float64', shape: [size, size] })
  const x = b.xs('x', { dtype: 'float64', shape: ['batch'] })
  const turned = b.sub(b.div(b.matmul(c, c), b.constant(size, 'float64')), b.mul(c, b.reduceSum(x)))
  return b.finish({ carry: { c: b.tanh(turned) }, ys: { y: b.reduceSum(c) } })
}

const given = (size: number, batch: number, steps: number) => ({
  carry: {
    c: tensor(
      'float64',
      [size, size],
      Array.from({ length: size * size }, (_, i) => Math.sin(batch + i)),
    ),
  },
  xs: { x: tensor('float64', [steps, batch], new Float64Array(steps * batch).fill(1 / batch)) },
})

/** The carry after a scan. */
async function after(executable: Executable, size: number, batch: number, steps: number): Promise<number[]> {
  const { carry, xs } = given(size, batch, steps)
  return Array.from((await executable.scan(carry, xs)).carry['c']?.data ?? [])
}

const opened = await Promise.all(
  ['wasm', 'native'].map(async (name) => ({ name, made: await isogradAdapter.create(name, {}) })),
)

describe.each(opened.filter(({ made }) => made.ok))('$name', ({ name }) => {
  const open = async () => {
    const made = await isogradAdapter.create(name, {})
    if (!made.ok) throw new Error(made.reason)
    return made.backend
  }

  it('scans what is asked at once as one after the other, of more batches than it keeps', async () => {
    const backend = await open()
    const executable = await backend.compile(program(60), {})
    const sizes = [3, 1, 2, 3, 4, 5, 6, 7, 3]
    const alone: number[][] = []
    // oxlint-disable-next-line no-await-in-loop -- one after the other is what is meant
    for (const batch of sizes) alone.push(await after(executable, 60, batch, 300))
    const together = await Promise.all(sizes.map((batch) => after(executable, 60, batch, 300)))
    expect(together).toEqual(alone)
    expect(new Set(alone.map(String)).size).toBe(7)
    await backend.dispose()
    expect(await backend.memory?.()).toEqual({ bytes: 0, tensors: 0 })
  })

  it.each([
    ['an executable', 50],
    ['an executable that is still made', 0],
  ])('ends the scan of %s that is disposed, and those that wait', async (_, milliseconds) => {
    const backend = await open()
    const executable = await backend.compile(program(100), {})
    const scans = [after(executable, 100, 2, 20_000), after(executable, 100, 3, 20_000)]
    const ended = Promise.allSettled(scans)
    if (milliseconds > 0) await new Promise((resolve) => setTimeout(resolve, milliseconds))
    await executable.dispose()
    for (const one of await ended) {
      const reason: unknown = one.status === 'rejected' ? one.reason : undefined
      expect(reason).toBeInstanceOf(BackendError)
      expect(String(reason)).toContain('"walk" was disposed while it was scanned')
    }
    expect(await backend.memory?.()).toEqual({ bytes: 0, tensors: 0 })
    await backend.dispose()
  })

  it('says that a batch has no room, and goes on with a smaller one', async () => {
    const backend = await open()
    const b = new Builder('wide')
    const x = b.xs('x', { dtype: 'float64', shape: ['batch', 1] })
    const rows = b.logSoftmax(b.broadcastTo(x, ['batch', 1_000_000]))
    const c = b.carry('c', { dtype: 'float64', shape: [] })
    const executable = await backend.compile(b.finish({ carry: { c }, ys: { y: b.argMax(b.logSoftmax(rows)) } }), {})
    const scan = (batch: number) =>
      executable.scan(
        { c: tensor('float64', [], [0]) },
        { x: tensor('float64', [1, batch, 1], new Float64Array(batch)) },
      )
    await expect(scan(2_000_000)).rejects.toThrow(/make its batch smaller|Use a smaller batch/)
    expect((await scan(1)).ys['y']?.data[0]).toBe(0)
    await expect(scan(2_000_000)).rejects.toBeInstanceOf(BackendError)
    await backend.dispose()
  })
})
