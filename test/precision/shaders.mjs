/**
 * Errors of functions on a GPU: TensorFlow.js's own, which are those of the shading language, and those that the
 * adapter puts in their place. It is an adapter, so that a page of a browser runs it; what it measures is its reason for not
 * being a backend.
 *
 *   isograd doctor --backend chromium:./test/precision/shaders.mjs#webgpu
 *   isograd doctor --backend chromium:./test/precision/shaders.mjs#webgl
 */
import { tensor } from '@isograd/core/backend'
import { Builder } from '@isograd/core/ir'
import { isogradAdapter as tfjs } from '@isograd/tfjs-adapter'
import * as tf from '@tensorflow/tfjs'

const COUNT = 20_000
const theirsOf = { exp: tf.exp, log: tf.log, tanh: tf.tanh, sigmoid: tf.sigmoid }
const exact = { exp: Math.exp, log: Math.log, tanh: Math.tanh, sigmoid: (x) => 1 / (1 + Math.exp(-x)) }
const ranges = [
  ['exp', -80, 80],
  ['exp', -1, 1],
  ['log', 0.001, 0.5],
  ['log', 0.5, 2],
  ['log', 2, 1e6],
  ['tanh', -0.5, 0.5],
  ['tanh', 0.5, 8],
  ['sigmoid', -80, 0],
  ['sigmoid', 0, 20],
]

/** The largest error, in units in the last place and as it is. */
function worst(got, wanted) {
  let [units, absolute] = [0, 0]
  for (const [i, value] of wanted.entries()) {
    const error = Math.abs(got[i] - value)
    absolute = Math.max(absolute, error)
    units = Math.max(units, error / 2 ** (Math.floor(Math.log2(Math.abs(value))) - 23))
  }
  return `${units.toFixed(2)} units, ${absolute.toExponential(1)}`
}

async function ofAdapter(backend, name, x) {
  const b = new Builder(name)
  const program = b.finish({ carry: {}, ys: { y: b[name](b.xs('x', { dtype: 'float32', shape: [COUNT] })) } })
  const executable = await backend.compile(program, {})
  return (await executable.scan({}, { x: tensor('float32', [1, COUNT], x) })).ys.y.data
}

async function measure(backend, [name, from, to]) {
  const x = Float32Array.from({ length: COUNT }, (_, i) => from + ((to - from) * (i + 0.5)) / COUNT)
  const wanted = Array.from(x, exact[name])
  const theirs = await theirsOf[name](tf.tensor1d(x)).data()
  const ours = await ofAdapter(backend, name, x)
  return `${name} in [${from}, ${to}]: TensorFlow.js ${worst(theirs, wanted)}; the adapter ${worst(ours, wanted)}`
}

export const isogradAdapter = {
  name: 'shaders',
  contract: 2,
  variants: ['webgpu', 'webgl'],
  async create(engine) {
    await import('@tensorflow/tfjs-backend-webgpu')
    tf.env().set(`${engine.toUpperCase()}_CPU_FORWARD`, false)
    await tf.setBackend(engine)
    const { backend } = await tfjs.create(`tfjs-${engine}`, {})
    const lines = []
    // oxlint-disable-next-line no-await-in-loop -- one GPU
    for (const range of ranges) lines.push(await measure(backend, range))
    return { ok: false, reason: lines.join('; '), cure: 'none is needed: it only measures' }
  },
}
