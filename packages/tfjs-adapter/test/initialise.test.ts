/** The first thing that happens in a process: engines are opened, several at once. */
import { tensor } from '@isograd/core/backend'
import { Builder } from '@isograd/core/ir'
import { expect, it } from 'vitest'
import { openBackend } from './backends.js'

it('engines opened at the same time all compute', async () => {
  const b = new Builder('double')
  const x = b.xs('x', { dtype: 'float32', shape: [2] })
  const program = b.finish({ carry: {}, ys: { y: b.matmul(b.reshape(x, [1, 2]), b.reshape(x, [2, 1])) } })
  const backends = await Promise.all([openBackend('tfjs-wasm'), openBackend('tfjs-cpu'), openBackend('tfjs-wasm')])
  for (const backend of backends) {
    const executable = await backend.compile(program, {})
    const { ys } = await executable.scan({}, { x: tensor('float32', [1, 2], [3, 4]) })
    expect(ys['y']?.data).toEqual(Float32Array.of(25))
  }
})
