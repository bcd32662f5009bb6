import { stringifyDocument } from '@isograd/core'
import { loadDataset } from '@isograd/core/node'
import { describe, expect, test } from 'vitest'
import { backendNamed, type BackendName } from '../backends.js'
import { presetArm, trainWhole } from '../training.js'

/** A record without its times, which alone may differ from run to run. */
function timeless(record: unknown): string {
  return stringifyDocument(record).replace(/"seconds": [^,\n]+/g, '"seconds": 0')
}

const names: readonly BackendName[] = ['onnx', 'onnx-web', 'tfjs-wasm', 'tfjs-cpu', 'jaxjs-wasm', 'reference']

describe.each(names)('%s', (name) => {
  test('two runs with one seed have the same record byte for byte but for times, and the same weights', async () => {
    const dataset = await loadDataset('digits', { size: { train: 400, test: 100 } })
    const spec = presetArm('keras-13x10', 'relu', { epochs: 2, data: { limit: 400, testLimit: 100 } })
    const [first, second] = [await backendNamed(name), await backendNamed(name)]
    const a = await trainWhole(first, spec, dataset)
    const b = await trainWhole(second, spec, dataset)
    await Promise.all([first.dispose(), second.dispose()])
    expect(timeless(a.record)).toBe(timeless(b.record))
    expect(a.carry).toEqual(b.carry)
  })
})
