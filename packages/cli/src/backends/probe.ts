/**
 * Proof that a backend works: a program so small that every backend must compute it exactly, compiled and scanned. All
 * numbers are small integers, which float32 holds without rounding.
 *
 *   w = [[1, -2], [3, 4]],  total <- total + sum(relu(x w))   for x = [1, 1], [-1, 0], [2, -1]
 *   relu(x w) = [4, 2], [0, 2], [0, 0]                        so total = 6, 8, 8
 */
import { tensor } from '@isograd/core'
import type { Backend } from '@isograd/core/backend'
import { Builder, type Program } from '@isograd/core/ir'
import { messageOf } from '../errors/failure.js'

const expected = { y: [4, 2, 0, 2, 0, 0], total: [8] } as const

function program(): Program {
  const b = new Builder('doctor')
  const w = b.constants('w', { dtype: 'float32', shape: [2, 2] })
  const total = b.carry('total', { dtype: 'float32', shape: [] })
  const y = b.relu(b.matmul(b.xs('x', { dtype: 'float32', shape: [1, 2] }), w))
  return b.finish({ carry: { total: b.add(total, b.reduceSum(y)) }, ys: { y } })
}

function difference(name: keyof typeof expected, data: ArrayLike<number> | undefined): string | undefined {
  const got = Array.from(data ?? [])
  const same = got.length === expected[name].length && expected[name].every((value, i) => value === got[i])
  return same ? undefined : `expected ${name} = [${expected[name].join(', ')}], got [${got.join(', ')}]`
}

/** The fault of a backend, or undefined when it computes what it should. */
export async function probeBackend(backend: Backend): Promise<string | undefined> {
  try {
    const executable = await backend.compile(program(), { w: tensor('float32', [2, 2], [1, -2, 3, 4]) })
    const x = tensor('float32', [3, 1, 2], [1, 1, -1, 0, 2, -1])
    const { carry, ys } = await executable.scan({ total: tensor('float32', [], [0]) }, { x })
    await executable.dispose()
    return difference('y', ys['y']?.data) ?? difference('total', carry['total']?.data)
  } catch (error) {
    return messageOf(error)
  }
}
