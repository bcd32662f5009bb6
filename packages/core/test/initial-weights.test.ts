/** Initial weights from files that PyTorch and onnx wrote: `vectors/initial_weights.py` made them, and has the numbers. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { FieldError } from '../src/errors.js'
import { parseExperiment } from '../src/experiment/experiment.js'
import { fitWeights, type InitialWeightsSpec } from '../src/model/initial-weights.js'
import { buildModel, initialParameters, type Model } from '../src/model/model.js'
import { loadInitialWeights } from '../src/node/load-weights.js'
import { planFor } from '../src/plan/plan-for.js'
import { encodeSafetensors } from '../src/records/safetensors.js'
import { decodeWeights } from '../src/records/weights/index.js'
import { builtins } from '../src/registry/builtins.js'
import { tensor, type TensorMap } from '../src/tensor.js'
import { noiseDataset, smallDocument } from './noise-dataset.js'
import vectors from './vectors/initial-weights.json' with { type: 'json' }

const files: Readonly<Record<string, string>> = vectors.files
const mapping = { dense1: 'fc1', batchNorm1: 'bn', dense2: 'fc2' }

function bytesOf(file: string): Uint8Array {
  return Uint8Array.from(Buffer.from(files[file] ?? '', 'base64'))
}

function modelOf(layers: readonly Readonly<Record<string, unknown>>[], inputs = 6): Model {
  const arm = parseExperiment(smallDocument({ model: { layers } })).arms['default']
  if (arm === undefined) throw new Error('no arm')
  return buildModel(arm, [inputs], builtins)
}

const dense = { type: 'dense', units: 4 }
const whole = modelOf([dense, { type: 'batchNorm' }, { type: 'activation', function: 'tanh' }, dense])
const linear = modelOf([dense, { type: 'activation', function: 'tanh' }, dense])

async function fit(model: Model, file: string, spec: Partial<InitialWeightsSpec> = {}): Promise<TensorMap> {
  return fitWeights(model, { path: file, strict: true, ...spec }, await decodeWeights(bytesOf(file), file), 'float64')
}

function numbersOf(tensors: TensorMap) {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, data }]) => [name, { shape, data: Array.from(data) }]),
  )
}

describe('a state_dict of PyTorch', () => {
  const { expected } = vectors
  test.each([
    ['float32', expected.float32],
    ['float64', expected.float32],
    ['marked', expected.float32],
    ['float16', expected.float16],
    ['bfloat16', expected.bfloat16],
  ])('%s is read exactly, its dense weights turned', async (file, tensors) => {
    expect(numbersOf(await fit(whole, file, { mapping }))).toEqual(tensors)
  })

  it('may name each tensor', async () => {
    const each = Object.fromEntries(
      Object.keys(expected.float32).map((name) => {
        const [layer = '', role] = name.split('.')
        return [name, `${mapping[layer as keyof typeof mapping]}.${role}`]
      }),
    )
    expect(numbersOf(await fit(whole, 'float32', { mapping: each }))).toEqual(expected.float32)
  })
})

describe('an ONNX model', () => {
  const { 'dense1.weight': w, 'dense1.bias': c, 'dense2.weight': v, 'dense2.bias': d } = vectors.expected.float32

  it('is read as PyTorch exports it, with weights that a Gemm turns', async () => {
    const found = await fit(linear, 'onnx', { mapping: { dense1: 'fc1', dense2: 'fc2' } })
    expect(numbersOf(found)).toEqual({ 'dense1.weight': w, 'dense1.bias': c, 'dense2.weight': v, 'dense2.bias': d })
  })

  it('is read with numbers in fields of their own, and without whole numbers', async () => {
    const found = await fit(modelOf([dense]), 'matmul', { mapping: { 'dense1.weight': 'w', 'dense1.bias': 'b' } })
    expect(numbersOf(found)).toEqual({ 'dense1.weight': w, 'dense1.bias': c })
  })

  it('is refused when it is cut short, wherever that is', async () => {
    const bytes = bytesOf('matmul')
    const ends = Array.from({ length: bytes.length - 1 }, (_, i) => i + 1)
    await Promise.all(
      ends.map((end) => expect(decodeWeights(bytes.subarray(0, end), 'short')).rejects.toThrow(/^\[core\] /)),
    )
  })
})

test('an NPZ archive is read, whatever the order of its arrays, and without whole numbers', async () => {
  const arrays = { 'dense1.weight': 'w1', 'dense1.bias': 'b1', 'dense2.weight': 'w2', 'dense2.bias': 'b2' }
  const { 'dense1.weight': w, 'dense1.bias': c, 'dense2.weight': v, 'dense2.bias': d } = vectors.expected.float32
  const found = await fit(linear, 'npz', { mapping: arrays })
  expect(numbersOf(found)).toEqual({ 'dense1.weight': w, 'dense1.bias': c, 'dense2.weight': v, 'dense2.bias': d })
})

async function refusal(work: () => Promise<unknown>): Promise<string> {
  try {
    await work()
  } catch (error) {
    if (error instanceof FieldError) return error.message
    throw error
  }
  throw new Error('it was not refused')
}

describe('what does not fit is listed', () => {
  it('names tensors that are missing and left over, and the mapping that would do', async () => {
    const text = await refusal(() => fit(linear, 'onnx'))
    expect(text).toContain('initialWeights: "onnx" does not fit the model:')
    expect(text).toContain('dense1.weight [6,4]: no tensor "dense1.weight"')
    expect(text).toContain('not used: "fc2.bias" [4]')
    expect(text).toContain('mapping: { dense1: "fc1", dense2: "fc2" }')
  })

  it('names shapes, whether strict or not', async () => {
    const wide = modelOf([dense, { type: 'batchNorm' }, { type: 'dense', units: 5 }])
    for (const strict of [true, false]) {
      const text = await refusal(() => fit(wide, 'float32', { mapping, strict, layout: 'outputs' }))
      expect(text).toContain('dense2.weight [4,5]: it is [4,4] there')
      expect(text).toContain('dense2.bias [5]: it is [4] there')
    }
  })

  it('takes what fits where that is asked for', async () => {
    const found = await fit(linear, 'float32', { mapping: { dense1: 'fc1' }, strict: false })
    expect(Object.keys(found)).toEqual(['dense1.weight', 'dense1.bias'])
    expect(await refusal(() => fit(linear, 'float32', { strict: false }))).toContain('does not fit')
  })

  it('asks for the layout where only squares would tell it', async () => {
    const square = modelOf([dense], 4)
    const only = { mapping: { dense1: 'fc2' }, strict: false }
    expect(await refusal(() => fit(square, 'float32', only))).toContain('initialWeights.layout: expected "inputs"')
    const turned = await fit(square, 'float32', { ...only, layout: 'outputs' })
    const kept = await fit(square, 'float32', { ...only, layout: 'inputs' })
    expect(numbersOf(turned)['dense1.weight']).toEqual(vectors.expected.float32['dense2.weight'])
    expect(kept).not.toEqual(turned)
    expect(await fit(square, 'marked', only)).toEqual(turned)
  })

  it('refuses a mapping of what the model lacks', async () => {
    expect(await refusal(() => fit(linear, 'onnx', { mapping: { dense3: 'fc1' } }))).toMatch(
      /got "dense3"; did you mean "dense[12]"/,
    )
  })

  test.each([
    ['nothing', new Uint8Array(), 'expected safetensors or an ONNX model or an NPZ archive, got something else'],
    ['a zip archive that is none', Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0), 'x: the archive is damaged'],
    ['what torch.save writes', bytesOf('pickle'), 'what torch.save writes is a pickle, which is never read'],
  ])('refuses %s', async (_, bytes, message) => {
    await expect(decodeWeights(bytes, 'x')).rejects.toThrow(message)
  })

  it('leaves out a tensor whose type is none, whatever its name', async () => {
    const header = JSON.stringify({ w: { dtype: 'constructor', shape: [1], data_offsets: [0, 4] } })
    const bytes = Uint8Array.from([header.length, 0, 0, 0, 0, 0, 0, 0, ...Buffer.from(header), 0, 0, 0, 0])
    expect((await decodeWeights(bytes, 'x')).tensors).toEqual({})
  })
})

function armWith(path: string) {
  const arm = parseExperiment(smallDocument({ initialWeights: { path } })).arms['default']
  if (arm === undefined) throw new Error('no arm')
  return arm
}

describe('an arm with initial weights', () => {
  let directory = ''
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'isograd-weights-'))
  })
  afterAll(() => rm(directory, { recursive: true }))

  it.each([
    ['/dev/zero', 'expected a regular file'],
    ['/tmp', 'expected a file, got a directory'],
    ['/nowhere.npz', 'does not exist'],
  ])('refuses %s at once', async (path, reason) => {
    await expect(loadInitialWeights(armWith(path))).rejects.toThrow(`initialWeights.path: ${path}: ${reason}`)
  })

  it("begins as isograd's own file of a run says", async () => {
    const arm = armWith('own.safetensors')
    const options = { armName: 'default', arm, dataset: noiseDataset(40, 20), registry: builtins }
    const { initialWeights: _, ...plain } = arm
    const { model } = planFor({ ...options, arm: plain })
    const given = initialParameters(model, 99, 'float32')
    await writeFile(join(directory, 'own.safetensors'), encodeSafetensors(given, { format: 'isograd' }))
    const plan = planFor({ ...options, ...(await loadInitialWeights(arm, directory)) })
    expect(plan.initial).toMatchObject(given)
    expect(plan.withSeed(5).initial).toMatchObject(given)
    expect(() => planFor(options)).toThrow('expected the tensors of "own.safetensors", got none')
  })

  it('says which file is missing or damaged', async () => {
    await writeFile(
      join(directory, 'bad.safetensors'),
      encodeSafetensors({ a: tensor('float32', [2], [1, 2]) }).subarray(0, -1),
    )
    await expect(loadInitialWeights(armWith('none.safetensors'), directory)).rejects.toThrow(
      'initialWeights.path: none.safetensors: does not exist',
    )
    await expect(loadInitialWeights(armWith('bad.safetensors'), directory)).rejects.toThrow(
      'initialWeights.path: bad.safetensors: safetensors:',
    )
  })
})
