/**
 * Files of weights that PyTorch saved, `vectors/state_dicts.py`: a layer with them gives what its module gives, and an export
 * of the layer has the same names and numbers again.
 */
import { describe, expect, it } from 'vitest'
import { evaluated, type Givens } from '../src/conformance/laws/program.js'
import { exportTorch } from '../src/export/index.js'
import { BATCH } from '../src/ir/program.js'
import { fitWeights, type StoredTensor } from '../src/model/initial-weights.js'
import { forward, type Model } from '../src/model/model.js'
import { decodeWeights } from '../src/records/weights/index.js'
import type { TensorMap } from '../src/tensor.js'
import { build, errorOf, inputsOf, type Numbers, type Shapes } from './layer-cases.js'
import vectors from './vectors/state-dicts.json' with { type: 'json' }

interface Case {
  readonly name: string
  readonly layers: readonly object[]
  readonly inputs: Shapes
  readonly batch: number
  readonly tokens: Numbers
  /** In base64. */
  readonly file: string
  readonly output: readonly number[]
}

async function outputOf(model: Model, given: Case, weights: TensorMap): Promise<ArrayLike<number> | undefined> {
  const samples = Object.entries(inputsOf(given)).map(([name, data]) => [
    name,
    { shape: [BATCH, ...(given.inputs[name] ?? [])], data },
  ])
  const givens = { ...weights, ...Object.fromEntries(samples) } as Givens
  const { output } = await evaluated(givens, 'float64', (b, values) => ({
    output: forward(b, model, values, { parameters: values, states: values, masks: {} }, 'evaluate').output,
  }))
  return output?.data
}

function numbersOf(tensors: Readonly<Record<string, StoredTensor>>) {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, data }]) => [name, { shape: [...shape], data: Array.from(data) }]),
  )
}

describe('a state_dict of PyTorch', () => {
  it.each((vectors as unknown as Case[]).map((given): [string, Case] => [given.name, given]))(
    'of %s goes in and comes out',
    async (_, given) => {
      const model = build(given.layers, given.inputs)
      const stored = await decodeWeights(Uint8Array.from(Buffer.from(given.file, 'base64')), given.name)
      const spec = { path: given.name, strict: true }
      const output = await outputOf(model, given, fitWeights(model, spec, stored, 'float64'))
      expect(errorOf(output, given.output)).toBeLessThan(1e-10)
      const exported = exportTorch(model, 'input', fitWeights(model, spec, stored, 'float32'))
      const { tensors } = await decodeWeights(exported, 'exported')
      expect(numbersOf(tensors)).toEqual(numbersOf(stored.tensors))
    },
  )
})
