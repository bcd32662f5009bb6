/**
 * Measures how precise the operations of healthy backends are, and how far reduced precision is from that: the errors
 * of sums over those of plain float32 loops (`compare/operations/yardstick.ts`), of functions over those of sound ones
 * (`compare/operations/function-yardstick.ts`). Shapes, transpositions and numbers
 * are drawn with a seed.
 *
 *   node test/precision/measure.mjs [cases] [seed] [dtype] [operation]
 */
import { Builder, operationOf } from '@isograd/core/ir'
import { fileURLToPath } from 'node:url'
import { referenceBackend } from '@isograd/core'
import { nodeError } from '@isograd/core/compare'
import { isogradAdapter as onnx } from '@isograd/onnx-adapter'
import { isogradAdapter as tfjs } from '@isograd/tfjs-adapter'

/** The generator of draws. */
let state = 0
let dtype = 'float32'

// mulberry32
function uniform() {
  state = (state + 0x6d2b79f5) | 0
  let t = Math.imul(state ^ (state >>> 15), 1 | state)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}
const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
const pick = (values) => values[Math.floor(uniform() * values.length)]
/** 1 to `most`, as often below its root as above. */
const size = (most) => Math.max(1, Math.floor(most ** uniform()))

const edges = [
  0,
  -0,
  Number.NaN,
  Infinity,
  -Infinity,
  3.4e38,
  -3.4e38,
  1.2e-38,
  1e-40,
  -1.4e-45,
  1,
  -1,
  1e19,
  88.5,
  -95,
]

const fills = {
  normal: () => normal,
  positive: () => uniform,
  pixels: () => () => (uniform() < 0.6 ? 0 : Math.floor(256 * uniform()) / 255),
  rectified: () => () => Math.max(0, normal()),
  wide: () => () => normal() * 10 ** (6 * normal()),
  // Their products are subnormal, or vanish.
  tiny: () => () => normal() * 10 ** (-15 - 25 * uniform()),
  large: () => () => normal() * 1e17,
  constant: () => {
    const value = normal()
    return () => value
  },
  twoValued: () => {
    const [a, b, share] = [uniform(), -uniform() / 9, uniform()]
    return () => (uniform() < share ? a : b)
  },
  cancelling: () => {
    let last = 0
    return (i) => (i % 2 === 0 ? (last = normal() * 1e4) : -last * (1 + 1e-6 * normal()))
  },
  fewLarge: () => () => (uniform() < 0.01 ? 1e6 * normal() : normal()),
  ramp: () => (i) => i * 0.001,
  // Of a function, a part where it may err alike everywhere.
  window: () => {
    const [start, width] = [pick([-1, 1]) * 10 ** (-4 + 6 * uniform()), 10 ** (-1.5 + 2.5 * uniform())]
    return () => start * (1 + width * uniform())
  },
  edges: () => () => pick(edges),
}

function filled(shape, fill) {
  const length = shape.reduce((a, b) => a * b, 1)
  const data = new (dtype === 'float32' ? Float32Array : Float64Array)(length)
  for (let i = 0; i < length; i++) data[i] = fill(i)
  return { dtype, shape, data }
}

const operations = {
  matmul: () => {
    const [transposeA, transposeB] = [uniform() < 0.5, uniform() < 0.5]
    const inner = size(4096)
    const rows = size(Math.min(4096, 2 ** 20 / inner))
    const columns = size(Math.min(4096, 2 ** 20 / inner / rows))
    const shapes = [transposeA ? [inner, rows] : [rows, inner], transposeB ? [columns, inner] : [inner, columns]]
    return { shapes, emit: (b, [x, y]) => b.matmul(x, y, transposeA, transposeB) }
  },
  reduceSum: () => {
    const rank = pick([1, 2, 2, 3, 4])
    let left = 2 ** 20
    const shape = Array.from({ length: rank }, () => {
      const own = size(Math.min(4096, left))
      left = Math.max(1, Math.floor(left / own))
      return own
    })
    const axes = shape.map((_, axis) => axis).filter(() => uniform() < 0.6)
    const own = axes.length === 0 ? [0] : axes
    return { shapes: [shape], emit: (b, [x]) => b.reduceSum(x, own, uniform() < 0.5) }
  },
  logSoftmax: () => ({ shapes: [[size(512), size(4096)]], emit: (b, [x]) => b.logSoftmax(x) }),
}
for (const op of ['add', 'sub', 'mul', 'div']) {
  operations[op] = () => {
    const shape = [size(64), size(64)]
    return { shapes: [shape, pick([shape, [1, shape[1]], []])], emit: (b, [x, y]) => b[op](x, y) }
  }
}
for (const op of ['exp', 'log', 'sqrt', 'tanh', 'sigmoid']) {
  operations[op] = () => ({ shapes: [[size(16_384)]], emit: (b, [x]) => b[op](x) })
}

/** Rounded to some bits behind the point, ties to even. */
function toBits(value, bits) {
  if (!Number.isFinite(value) || value === 0) return value
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(value))) - bits)
  const floor = Math.floor(value / unit)
  const rest = value / unit - floor
  return unit * (rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor)
}

/** Operations in fewer bits: in those of their operands, and in those of their results. */
const reduced = {
  float32: { TF32: 10, bfloat16: 7, 'float32 of 20 bits': 20, 'float32 of 21 bits': 21 },
  float64: { float32: 23 },
}

/** Limits of the two yardsticks. */
export const limits = { precision: 6, functions: 1.5 }

/** False for functions of so few numbers that nothing is said of their errors as a whole. */
const isMeasured = ({ ratio, multiple, heldTo }) => heldTo === 'precision' || multiple > 0 || ratio > 1

/** True if an operation is told as wrong. */
export function isFound({ ratio, multiple, heldTo }) {
  return ratio > 1 || multiple > limits[heldTo]
}

const variants = {
  float32: [
    [onnx, 'onnx'],
    [tfjs, 'tfjs-wasm'],
    [tfjs, 'tfjs-cpu'],
  ],
  float64: [[onnx, 'onnx']],
}

async function made([adapter, variant]) {
  const result = await adapter.create(variant, { threads: 1 })
  if (!result.ok) throw new Error(result.reason)
  return result.backend
}

async function resultOf(backend, program, inputs) {
  const executable = await backend.compile(program, {})
  const xs = inputs.map((x, n) => [`x${n}`, { ...x, shape: [1, ...x.shape] }])
  const { ys } = await executable.scan({}, Object.fromEntries(xs))
  await executable.dispose()
  return { ...ys.y, shape: ys.y.shape.slice(1) }
}

/** One draw of an operation, on every backend and in fewer bits. */
async function* drawn(op, { shapes, emit }, backends) {
  const names = shapes.map(() => pick(Object.keys(fills)))
  const inputs = shapes.map((shape, n) => filled(shape, fills[names[n]]()))
  const b = new Builder('one')
  const y = emit(
    b,
    inputs.map(({ shape }, n) => b.xs(`x${n}`, { dtype, shape })),
  )
  const node = b.nodes.at(-1)
  const program = b.finish({ carry: {}, ys: { y } })
  const what = `${JSON.stringify(shapes)} ${names.join(' ')}`
  for (const backend of backends) {
    // oxlint-disable-next-line no-await-in-loop -- one backend at a time
    yield { op, who: backend.name, what, ...nodeError(node, inputs, await resultOf(backend, program, inputs), 0) }
  }
  const evaluate = (given) => operationOf(op).evaluate(given, node.attributes, node.type.shape)
  const held = (values) => ({ dtype, shape: node.type.shape, data: filled([values.length], (i) => values[i]).data })
  for (const [name, bits] of Object.entries(reduced[dtype])) {
    const round = (value) => toBits(value, bits)
    const read = inputs.map((x) => ({ ...x, data: x.data.map(round) }))
    yield { op, who: `${name} operands`, what, ...nodeError(node, inputs, held(evaluate(read)), 0) }
    yield { op, who: `${name} results`, what, ...nodeError(node, inputs, held(evaluate(inputs).map(round)), 0) }
  }
}

/** The errors of every operation on every backend and in fewer bits, `count` draws of each. */
export async function measure(count, seed, ofType = 'float32', only) {
  state = seed >>> 0
  dtype = ofType
  const backends = [referenceBackend(), ...(await Promise.all(variants[dtype].map(made)))]
  const found = []
  for (let i = 0; i < count; i++) {
    for (const [op, make] of Object.entries(operations)) {
      if (only !== undefined && op !== only) continue
      // oxlint-disable-next-line no-await-in-loop
      for await (const one of drawn(op, make(), backends)) found.push(one)
    }
  }
  await Promise.all(backends.map((backend) => backend.dispose()))
  return found
}

const text = (value) => (value === undefined ? '' : value.toPrecision(3))

/** The table, a row for an operation and who computes it. */
function rowsOf(measures) {
  const groups = new Map(measures.map(({ op, who }) => [`${op} ${who}`, { op, who }]))
  return [...groups.values()].map(({ op, who }) => {
    const all = measures.filter((one) => one.op === op && one.who === who)
    // Numbers that the coarser format holds are the same in it.
    const changed = all.filter((one) => one.ratio > 0 && isMeasured(one))
    const found = changed.filter(isFound).length / Math.max(1, changed.length)
    const sorted = changed.map((one) => one.multiple).toSorted((a, b) => a - b)
    const ratio = Math.max(...all.map((one) => one.ratio))
    const worst = all.find((one) => one.multiple === sorted.at(-1))
    const multiples = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)].map(text)
    return [op, who, text(ratio), ...multiples, `${(100 * found).toFixed(0)} %`, worst?.what ?? '']
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [count = 200, seed = 1] = process.argv.slice(2, 4).map(Number)
  const rows = rowsOf(await measure(count, seed, ...process.argv.slice(4, 6)))
  const head = [
    'operation',
    'by',
    'worst error / bound',
    'errors / loops: median',
    'largest',
    'found',
    'the largest at',
  ]
  for (const cells of [head, head.map(() => '---'), ...rows]) console.log(`| ${cells.join(' | ')} |`)
}
