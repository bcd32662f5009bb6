/** Pages for TensorFlow.js: operations as its functions. One of the IR that has no function of its own is refused by name. */
import { InputError } from '@isograd/core'
import type { Reduced } from '@isograd/core/compare'
import { elementsText } from '@isograd/core/conformance'
import type { OpAttributes, OpName, ProgramNode, ValueId } from '@isograd/core/ir'
import type { Tensor } from '@isograd/core/backend'
import type { PageWriter, Writing } from './page.js'

/** An operation as JavaScript, of its operands as JavaScript. */
type Written<K extends OpName> = (operands: readonly string[], attributes: OpAttributes[K]) => string

type WrittenTable = { readonly [K in OpName]?: Written<K> }

function call(name: string): (operands: readonly string[]) => string {
  return (operands) => `tf.${name}(${operands.join(', ')})`
}

/** The functions that mean what the operation does, one a node. */
const functions: WrittenTable = {
  add: call('add'),
  sub: call('sub'),
  mul: call('mul'),
  div: call('div'),
  maximum: call('maximum'),
  minimum: call('minimum'),
  neg: call('neg'),
  abs: call('abs'),
  sign: call('sign'),
  exp: call('exp'),
  log: call('log'),
  sqrt: call('sqrt'),
  relu: call('relu'),
  sigmoid: call('sigmoid'),
  tanh: call('tanh'),
  logSoftmax: call('logSoftmax'),
  greater: call('greater'),
  greaterEqual: call('greaterEqual'),
  equal: call('equal'),
  select: call('where'),
  matmul: ([a, b], { transposeA, transposeB }) => `tf.matMul(${a}, ${b}, ${transposeA}, ${transposeB})`,
  reduceSum: ([x], { axes, keepDims }) => `tf.sum(${x}, [${axes.join(', ')}], ${keepDims})`,
  reduceMax: ([x], { axes, keepDims }) => `tf.max(${x}, [${axes.join(', ')}], ${keepDims})`,
}

const dtypes: Readonly<Partial<Record<Tensor['dtype'], string>>> = {
  float32: 'float32',
  int32: 'int32',
  bool: 'bool',
  uint8: 'int32',
}

function tensorText(name: string, one: Tensor): string {
  const dtype = dtypes[one.dtype]
  if (dtype === undefined) throw new InputError('isograd', `reduce: TensorFlow.js has no ${one.dtype}`)
  return `const ${name} = tf.tensor(${elementsText(one)}, [${one.shape.slice(1).join(', ')}], '${dtype}')`
}

/** A node as JavaScript, of operands by their names there. */
function nodeText(node: ProgramNode, operands: readonly string[]): string {
  const write = functions[node.op] as Written<OpName> | undefined
  if (write !== undefined) return write(operands, node.attributes)
  throw new InputError(
    'isograd',
    `reduce: TensorFlow.js has no function that is ${node.op}, so that no page can be written`,
  )
}

/** A sum of a product and a vector as the one function that TensorFlow.js has for it; undefined for every other node. */
function fusedText({ program }: Reduced, node: ProgramNode, names: ReadonlyMap<ValueId, string>): string | undefined {
  const [left, bias] = node.op === 'add' ? node.inputs : []
  const product = program.nodes.find(({ id }) => id === left)
  const isVector = program.inputs.xs.some(({ id, type }) => id === bias && type.shape.length === 1)
  if (product?.op !== 'matmul' || bias === undefined || !isVector) return undefined
  const [a, b] = product.inputs.map((id) => names.get(id))
  const { transposeA, transposeB } = product.attributes
  return `tf.fused.matMul({ a: ${a}, b: ${b}, transposeA: ${transposeA}, transposeB: ${transposeB}, bias: ${names.get(bias)} })`
}

function writing(reduced: Reduced, engine: Engine, isFused: boolean): Writing {
  const { program, xs, node: wrong } = reduced
  const names = new Map(program.inputs.xs.map(({ id, name }) => [id, name]))
  const lines = program.nodes.map((node, at) => {
    const fused = isFused ? fusedText(reduced, node, names) : undefined
    const operands = node.inputs.map((id) => String(names.get(id)))
    names.set(node.id, `v${at}`)
    return `const v${at} = ${fused ?? nodeText(node, operands)}`
  })
  return {
    imports: ["const tf = await import('@tensorflow/tfjs')", ...engine.imports],
    about: [],
    body: [
      `await tf.setBackend('${engine.name}')`,
      ...Object.entries(xs).map(([name, one]) => tensorText(name, one)),
      ...lines,
      `const result = await ${names.get(wrong.id)}.data()`,
    ],
  }
}

interface Engine {
  readonly name: string
  readonly imports: readonly string[]
  readonly packages: readonly string[]
}

const engines: Readonly<Record<'wasm' | 'cpu', Engine>> = {
  wasm: {
    name: 'wasm',
    imports: ["await import('@tensorflow/tfjs-backend-wasm')"],
    packages: ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm'],
  },
  cpu: { name: 'cpu', imports: [], packages: ['@tensorflow/tfjs'] },
}

/** The writer for an engine of TensorFlow.js. */
export function tfjsWriter(name: keyof typeof engines): PageWriter {
  const engine = engines[name]
  return {
    packages: engine.packages,
    ways: async (reduced) => [false, true].map((isFused) => writing(reduced, engine, isFused)),
  }
}
