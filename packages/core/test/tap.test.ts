import { describe, expect, it } from 'vitest'
import { ProgramError } from '../src/errors.js'
import { Builder } from '../src/ir/builder.js'
import type { Program } from '../src/ir/program.js'
import { tap } from '../src/ir/tap.js'
import { verify } from '../src/ir/verify.js'
import { referenceBackend } from '../src/reference/backend.js'

/** y = tanh(x) + 1 in layer "a", under the output name given. */
function program(output = 'y'): Program {
  const b = new Builder('p', 'forward')
  const x = b.xs('x', { dtype: 'float64', shape: [] })
  const y = b.within({ layer: 'a' }, () => b.add(b.tanh(x), b.constant(1, 'float64')))
  return b.finish({ carry: {}, ys: { [output]: y } })
}

describe('tap', () => {
  it('adds the values of the named nodes to ys', async () => {
    const tapped = verify(tap(program(), ['forward/a/tanh']))
    const executable = await referenceBackend().compile(tapped, {})
    const { ys } = await executable.scan({}, { x: { dtype: 'float64', shape: [1], data: Float64Array.of(2) } })
    expect(Object.keys(ys)).toEqual(['y', 'forward/a/tanh'])
    expect(ys['forward/a/tanh']?.data).toEqual(Float64Array.of(Math.tanh(2)))
    expect(ys['y']?.data).toEqual(Float64Array.of(Math.tanh(2) + 1))
  })

  it('leaves the program it is given, and its nodes, as they were', () => {
    const before = program()
    const tapped = tap(before, ['forward/a/tanh'])
    expect(before).toEqual(program())
    expect(tapped.nodes).toBe(before.nodes)
    expect({ ...tapped, outputs: before.outputs }).toEqual(before)
  })

  it('adds a node once, however often it is named or tapped', () => {
    const once = tap(program(), ['forward/a/tanh'])
    expect(tap(program(), ['forward/a/tanh', 'forward/a/tanh'])).toEqual(once)
    expect(tap(once, ['forward/a/tanh'])).toEqual(once)
    expect(tap(program(), [])).toEqual(program())
  })

  it('refuses a name that no node has, and offers the nearest', () => {
    expect(() => tap(program(), ['forward/a/tan'])).toThrow(ProgramError)
    expect(() => tap(program(), ['forward/a/tan'])).toThrow(
      '[core] tap: no node "forward/a/tan" in "p"; nearest: "forward/a/tanh"',
    )
  })

  it('refuses a name under which another value already leaves', () => {
    expect(() => tap(program('forward/a/tanh'), ['forward/a/tanh'])).toThrow(
      'tap: "p" has an output "forward/a/tanh" that is not the node of that name',
    )
  })
})
