/** `isograd export`: files that the other tools' own loaders read, and that give the same answers there. */
import { createServer, type Server } from 'node:http'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import {
  type ArmSpec,
  builtins,
  decodeSafetensors,
  networkOf,
  parseExperiment,
  predict,
  type Prediction,
  referenceBackend,
  tensor,
  type TensorMap,
  type TrainedModel,
} from '@isograd/core'
import { exportTfjs } from '@isograd/core/export'
import { elementCount } from '@isograd/core/backend'
import { digits, pictureFields, RandomStream } from '@isograd/core/data'
import { loadRun } from '@isograd/core/node'
import * as tf from '@tensorflow/tfjs'
import * as ort from 'onnxruntime-node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fixture, isograd, temporaryDirectory } from './command.js'

const out = temporaryDirectory()
const run = join(out, 'tiny-relu-reference-seed0')
const { image } = digits({ train: 64, test: 32 }).splits.test?.columns ?? {}
if (image === undefined) throw new Error('the digits have no test samples')
const unit = Float32Array.from(image.data, (byte) => byte / 255)

let expected: Prediction[] = []
let server: Server | undefined
const served = new Map<string, Uint8Array>()

/** The address of a directory of files on this machine. */
function serve(name: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  for (const [file, content] of Object.entries(files)) served.set(`/${name}/${file}`, Buffer.from(content))
  const address = server?.address() as AddressInfo | undefined
  return `http://127.0.0.1:${address?.port}/${name}/model.json`
}

beforeAll(async () => {
  tf.enableProdMode()
  await tf.setBackend('cpu')
  server = createServer((request, response) => {
    const content = served.get(request.url ?? '')
    response.writeHead(content === undefined ? 404 : 200).end(content)
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  await isograd([
    'run',
    fixture('tiny.json'),
    '--backend',
    'reference',
    '--arm',
    'relu',
    '--epochs',
    '20',
    '--out',
    out,
  ])
  const { network, weights } = await loadRun(run)
  expected = await predict(referenceBackend(), { ...network, weights }, { image })
}, 60_000)

afterAll(() => void server?.close())

function largestDifference(got: ArrayLike<number>, wanted: readonly number[]): number {
  expect(got.length).toBe(wanted.length)
  return Math.max(...wanted.map((value, i) => Math.abs(value - (got[i] ?? Number.NaN))))
}

async function exported(format: string, ...args: string[]): Promise<string[]> {
  const { status, stdout } = await isograd(['export', run, '--format', format, ...args])
  expect(status).toBe(0)
  return stdout.trim().split('\n')
}

describe('isograd export', () => {
  it('onnx: stock ONNX Runtime gives the same outputs and predictions', async () => {
    const [path = ''] = await exported('onnx')
    expect(path).toBe(join(run, 'model.onnx'))
    const session = await ort.InferenceSession.create(path)
    const results = await session.run({ samples: new ort.Tensor('float32', unit, [32, 28, 28]) })
    await session.release()
    const outputs = expected.flatMap((each) => each.output)
    const predictions = expected.flatMap((each) => each.values)
    expect(largestDifference(results['output']?.data as Float32Array, outputs)).toBeLessThan(1e-5)
    expect(largestDifference(results['prediction']?.data as Float32Array, predictions)).toBeLessThan(1e-6)
  })

  it('onnx with --inputs stored: bytes as they are stored, decoded in the graph', async () => {
    const stored = join(temporaryDirectory(), 'stored.onnx')
    await exported('onnx', '--inputs', 'stored', '--opset', '13', '--out', stored)
    const session = await ort.InferenceSession.create(stored)
    const results = await session.run({ image: new ort.Tensor('uint8', Uint8Array.from(image.data), [32, 28, 28]) })
    await session.release()
    const predictions = expected.flatMap((each) => each.values)
    expect(largestDifference(results['prediction']?.data as Float32Array, predictions)).toBeLessThan(1e-6)
    const text = readFileSync(stored, 'latin1')
    for (const fact of ['(relu), trained by isograd', 'categories', '["0","1","2"', 'figures']) {
      expect(text).toContain(fact)
    }
  })

  it.each([
    [['--format', 'onnx', '--opset', '12'], '--opset: expected a whole number from 13 to 21, got "12"'],
    [['--format', 'tfjs', '--opset', '17'], '--opset: only --format onnx takes it'],
    [['--format', 'safetensors', '--inputs', 'stored'], '--inputs: only --format onnx takes it'],
  ])('refuses %j', async (args, message) => {
    const { status, stdout, stderr } = await isograd(['export', run, ...args])
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
  })

  it('safetensors: a program of somebody else is not replaced', async () => {
    const directory = temporaryDirectory()
    const path = join(directory, 'm.safetensors')
    writeFileSync(join(directory, 'm.py'), 'print(1)\n')
    const { status, stderr } = await isograd(['export', run, '--format', 'safetensors', '--out', path])
    expect([status, stderr]).toEqual([2, expect.stringContaining('was not written by isograd')])
    expect(readdirSync(directory)).toEqual(['m.py'])
  })

  it('tfjs: tf.loadLayersModel gives the same predictions', async () => {
    const directory = join(temporaryDirectory(), 'a', 'model')
    const paths = await exported('tfjs', '--out', directory)
    expect(paths).toEqual([join(directory, 'group1-shard1of1.bin'), join(directory, 'model.json')])
    const files = paths.map((path) => [path.slice(directory.length + 1), readFileSync(path)])
    const model = await tf.loadLayersModel(serve('tiny', Object.fromEntries(files)))
    const output = model.predict(tf.tensor(unit, [32, 28, 28])) as tf.Tensor
    const probabilities = expected.flatMap((each) => each.values)
    expect(output.shape).toEqual([32, 10])
    expect(largestDifference(await output.data(), probabilities)).toBeLessThan(1e-6)
  })

  it('safetensors: the trained weights, transposed', async () => {
    const [path = ''] = await exported('safetensors')
    const { weights } = await loadRun(run)
    const { tensors, metadata } = decodeSafetensors(readFileSync(path))
    expect(metadata['input']).toBe('samples [batch, 28, 28]: image divided by 255; the output is logits')
    const [ours, theirs] = [weights['dense1.weight'], tensors['dense1.weight']]
    expect([ours?.shape, theirs?.shape]).toEqual([
      [784, 8],
      [8, 784],
    ])
    const indices = Array.from({ length: 784 * 8 }, (_, i) => i)
    const turned = indices.map((i) => theirs?.data[(i % 8) * 784 + Math.floor(i / 8)])
    expect(turned).toEqual(Array.from(ours?.data ?? []))
    expect(tensors['dense2.bias']?.data).toEqual(weights['dense2.bias']?.data)
  })

  it('prints one document with --json, and replaces what is there', async () => {
    const path = join(temporaryDirectory(), 'm.onnx')
    writeFileSync(path, 'old')
    const { stdout } = await isograd(['export', out, '--format', 'onnx', '--out', path, '--json'])
    expect(JSON.parse(stdout)).toEqual({ schema: 'isograd.export/1', format: 'onnx', files: [path] })
    expect(readFileSync(path).length).toBeGreaterThan(4 * (784 * 8 + 8 + 80 + 10))
  })

  it.each<[string[], RegExp]>([
    [[run, '--format', 'onxx'], /--format: expected onnx or tfjs or safetensors, got "onxx"; did you mean "onnx"\?/],
    [[run], /required option '-f, --format <format>' not specified/],
    [[run, '--to', 'onnx'], /unknown option '--to'/],
    [[run, '--format', 'onnx', '--out', ''], /--out: expected a path, got ""/],
    [[run, '--format', 'onnx', '--out', `${run}/record.json/x`], /--out: .*cannot be written/],
    [[run, '--format', 'onnx', '--out', run], /--out: expected the path of a file, got .*, which is a directory/],
    [
      [run, '--format', 'tfjs', '--out', `${run}/record.json`],
      /--out: expected the path of a directory, got .*, which is a file/,
    ],
    [[temporaryDirectory(), '--format', 'onnx'], /expected the directory of a finished run/],
  ])('refuses %j', async (args, message) => {
    const { status, stdout, stderr } = await isograd(['export', ...args])
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(message)
    expect(readdirSync(out)).not.toContain('model.onnx')
    expect(existsSync(join(run, 'record.json'))).toBe(true)
  })
})

/** A model with random weights; running variances stay positive. */
function trained(layers: readonly unknown[], sampleShape = [3, 2]): TrainedModel {
  const arm = parseExperiment({
    name: 'exported',
    data: { dataset: 'none' },
    model: { layers: [...layers, { type: 'dense', units: 3 }] },
    optimizer: { type: 'sgd' },
    batchSize: 1,
    epochs: 1,
  }).arms['default'] as ArmSpec
  const data = { name: 'none', fields: pictureFields(sampleShape, 3), target: 'label' }
  const network = networkOf(arm, data, builtins)
  const { parameters, states } = network.model
  const stream = new RandomStream(1, 'weights')
  const weights = [...parameters, ...states].map(({ name, shape }) => {
    const draw = (): number => (name.endsWith('var') ? 0.5 + stream.uniform() : stream.normal())
    return [name, tensor('float32', shape, Array.from({ length: elementCount(shape) }, draw))]
  })
  return { ...network, weights: Object.fromEntries(weights) as TensorMap }
}

/** The largest difference of any probability between the reference backend and what `tf.loadLayersModel` makes of it. */
async function tfjsDifference(name: string, of: TrainedModel): Promise<number> {
  const stream = new RandomStream(2, 'sample')
  const sampleShape = of.model.inputShape
  const bytes = Uint8Array.from({ length: 9 * elementCount(sampleShape) }, () => stream.below(256))
  const wanted = await predict(referenceBackend(), of, {
    image: tensor('uint8', [9, ...sampleShape], bytes),
  })
  const { json, weights } = exportTfjs(name, of.model, of.task.head.prediction.keras, of.weights, '0')
  const model = await tf.loadLayersModel(serve(name, { 'model.json': json, 'group1-shard1of1.bin': weights }))
  const samples = tf.tensor(
    Float32Array.from(bytes, (byte) => byte / 255),
    [9, ...sampleShape],
  )
  const output = model.predict(samples) as tf.Tensor
  const probabilities = wanted.flatMap((each) => each.values)
  return largestDifference(await output.data(), probabilities)
}

describe('exportTfjs', () => {
  const loadable = Object.keys(builtins.activations).filter((name) => name !== 'geluTanh')

  it.each(loadable)('%s is what Keras calls it', async (type) => {
    const layers = [{ type: 'flatten' }, { type: 'dense', units: 6 }, { type: 'activation', function: { type } }]
    expect(await tfjsDifference(type, trained(layers))).toBeLessThan(2e-6)
  })

  it.each<[string, unknown[]]>([
    [
      'settings',
      [
        { type: 'dense', units: 6 },
        { type: 'activation', function: { type: 'leakyRelu', slope: 0.3 } },
      ],
    ],
    ['prelu', [{ type: 'dense', units: 6 }, { type: 'prelu' }]],
    ['bias', [{ type: 'dense', units: 6, bias: false }]],
    ['normalised', [{ type: 'dense', units: 6 }, { type: 'batchNorm' }, { type: 'activation' }]],
    ['dropped', [{ type: 'dense', units: 6 }, { type: 'dropout', rate: 0.5 }, { type: 'activation' }]],
    [
      'residual',
      [
        { type: 'dense', units: 4 },
        {
          type: 'residual',
          layers: [
            { type: 'dense', units: 4 },
            { type: 'activation' },
            { type: 'residual', layers: [{ type: 'batchNorm' }, { type: 'prelu' }, { type: 'dense', units: 4 }] },
          ],
        },
      ],
    ],
  ])('%s: the same probabilities', async (name, layers) => {
    expect(await tfjsDifference(name, trained([{ type: 'flatten' }, ...layers]))).toBeLessThan(2e-6)
  })

  const relu = { type: 'activation' }
  const flatten = { type: 'flatten' }

  it.each<[string, unknown[]]>([
    [
      'convolutions',
      [
        { type: 'conv2d', filters: 4, size: 3, padding: 'same' },
        { type: 'batchNorm' },
        relu,
        { type: 'maxPool', size: 2 },
        { type: 'depthwiseConv2d', size: 2, multiplier: 2, padding: [1, 0] },
        { type: 'residual', layers: [{ type: 'conv2d', filters: 8, size: 3, padding: 'same', dilation: 2 }, relu] },
        flatten,
      ],
    ],
    [
      'planes made larger',
      [
        { type: 'conv2d', filters: 2, size: 3, stride: 2, padding: 'same' },
        { type: 'convTranspose2d', filters: 3, size: 3, stride: 2, padding: 1, outputPadding: 1 },
        { type: 'convTranspose2d', filters: 2, size: 2, stride: [2, 1], padding: [1, 0], outputPadding: [1, 0] },
        { type: 'upsampling' },
        { type: 'spatialDropout' },
        {
          type: 'zeroPadding',
          padding: [
            [0, 1],
            [2, 0],
          ],
        },
        { type: 'averagePool', size: 3, stride: 2, padding: 1 },
        flatten,
      ],
    ],
    [
      'squeezed',
      [
        { type: 'conv2d', filters: 4, size: 2 },
        { type: 'squeezeExcite', ratio: 2 },
        { type: 'stochasticDepth' },
        { type: 'globalMaxPool' },
      ],
    ],
    ['a signal', [{ type: 'conv1d', filters: 4, size: 3 }, relu, { type: 'maxPool' }, { type: 'globalAveragePool' }]],
    [
      'recurrent',
      [
        { type: 'simpleRnn', units: 3, returnSequences: true, function: 'relu' },
        { type: 'lstm', units: 3, direction: 'both', returnSequences: true },
        { type: 'gru', units: 4, reset: 'before', direction: 'backward' },
      ],
    ],
    [
      'steps',
      [
        { type: 'feedForward', units: 3 },
        { type: 'layerNorm' },
        { type: 'lstm', units: 2, direction: 'both', bias: false },
      ],
    ],
  ])('%s: the same probabilities', async (name, layers) => {
    expect(await tfjsDifference(name.replaceAll(' ', '-'), trained(layers, [6, 5]))).toBeLessThan(1e-5)
  })

  it.each([
    ['gru', [{ type: 'gru', units: 2 }], 'layer "gru1": TensorFlow.js loads no GRU'],
    ['attention', [{ type: 'selfAttention' }, flatten], 'TensorFlow.js loads no MultiHeadAttention'],
    ['peepholes', [{ type: 'lstm', units: 2, peephole: true }], 'layer "lstm1" (lstm) cannot be written for Keras'],
    ['positions', [{ type: 'positional' }, flatten], 'layer "positional1" (positional) cannot be written for Keras'],
    [
      'dilated pools',
      [{ type: 'maxPool', size: 2, dilation: 2 }, flatten],
      'layer "maxPool1" (maxPool) cannot be written for Keras',
    ],
  ])('%s: refused by name', (_, layers, message) => {
    const { model, weights } = trained(layers, [6, 5])
    expect(() => exportTfjs('refused', model, 'softmax', weights, '0')).toThrow(message)
  })
})
