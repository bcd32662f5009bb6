/**
 * A program as one ONNX model: the step is the body of a single Loop node. Each of `xs` is an input of the model that
 * the body gathers from by iteration number; `carry` is loop-carried; `ys` are the loop's scan outputs; `constants`, and
 * carry that no step changes, are inputs of the model that the body sees from inside. Weights and data are never stored in the model.
 */
import {
  BATCH,
  type FloatDType,
  type NodeOf,
  type OpName,
  type Program,
  type ProgramInput,
  type ProgramOutput,
  type Shape,
  type TensorType,
  type ValueId,
  valueTypes,
} from '@isograd/core'
import { lowerFusion } from './fused-lowerings.js'
import { type Fusions, fusionsOf } from './fusions.js'
import { type AttributeValues, GraphWriter, tensorType } from './graph-writer.js'
import { loweringOf } from './lowerings.js'
import { handedOn, rowInputs, usesBatch } from './inputs.js'
import type { ModelProto, ValueInfoProto } from './model-proto.js'
import { type Split, splitsOf } from './splits.js'

/** Version of the standard operators that models are written in. */
export const opset = 21

/** Version of the file format. */
export const irVersion = 10

/** Names of the model's inputs and outputs; none of them can be taken for a value of the body, which starts with `%`. */
export const names = {
  steps: 'steps',
  batch: 'batch',
  constant: (name: string): string => `constants/${name}`,
  carry: (name: string): string => `carry/${name}`,
  xs: (name: string): string => `xs/${name}`,
  lastCarry: (name: string): string => `last/${name}`,
  ys: (name: string): string => `ys/${name}`,
} as const

const inside = { iteration: 'iteration', proceed: 'proceed', carry: (name: string): string => `now/${name}` } as const

/**
 * Operations into memory of their own whose results do not depend on where their operands lie: each element is rounded
 * once, and the products of MLAS read from any address in one order.
 */
const anywhere: ReadonlySet<OpName> = new Set([
  'add',
  'sub',
  'mul',
  'div',
  'sqrt',
  'relu',
  'matmul',
  'gatherRows',
  'concat',
] as const)

/** The model under construction: the graph with the loop, the loop's body, and the names of the program's values. */
interface Draft {
  /** As given, but for what of the carry goes round the loop. */
  readonly program: Program
  /** Carry that does not. */
  readonly standing: readonly ProgramInput[]
  readonly types: ReadonlyMap<ValueId, TensorType>
  readonly main: GraphWriter
  readonly body: GraphWriter
  readonly valueNames: Map<ValueId, string>
  readonly checkedRows: ReadonlySet<string>
  readonly splits: ReadonlyMap<ValueId, Split>
  readonly fusions: Fusions
}

function look<K, V>(map: ReadonlyMap<K, V>, key: K): V {
  const found = map.get(key)
  if (found === undefined) throw new RangeError(`value %${String(key)} is not defined`)
  return found
}

/** The int64 vector of a shape, computed outside the loop, once for a scan. */
function outerShape({ main }: Draft, shape: Shape): string {
  const parts = shape.map((dimension) => (dimension === BATCH ? names.batch : main.constant('int64', [1], [dimension])))
  const [only] = parts
  if (only !== undefined && parts.length === 1) return only
  const name = `shape[${shape.join(',')}]`
  return main.produces(name) ? name : main.emit('Concat', name, parts, { axis: 0 })
}

/** The int64 vector of a shape. */
function shapeOf(draft: Draft, shape: Shape): string {
  const fixed = shape.filter((dimension) => dimension !== BATCH)
  const isFixed = fixed.length === shape.length
  return isFixed ? draft.body.constant('int64', [shape.length], fixed) : outerShape(draft, shape)
}

/** A tensor of ones, made outside the loop. */
function onesOf(draft: Draft, shape: Shape, dtype: FloatDType): string {
  const name = `ones ${dtype}[${shape.join(',')}]`
  if (draft.main.produces(name)) return name
  return draft.main.emit('Expand', name, [draft.main.constant(dtype, [], [1]), outerShape(draft, shape)])
}

/**
 * An input as the loop reads it. ONNX Runtime's sums begin at an aligned address, so their last bits depend on where
 * the tensor lies; its own memory is aligned, a typed array may not be. Floats are therefore copied into its memory, once
 * a scan, unless all that reads them rounds alike wherever they lie. Integers sum exactly.
 */
function aligned({ program, main }: Draft, { id, type }: ProgramInput, name: string): string {
  const isFloat = type.dtype === 'float32' || type.dtype === 'float64'
  const roundsAlike = program.nodes.every(({ op, inputs }) => !inputs.includes(id) || anywhere.has(op))
  const copies = isFloat && type.shape.length > 0 && !roundsAlike
  return copies ? main.emit('Concat', `aligned ${name}`, [name], { axis: 0 }) : name
}

function bindInputs(draft: Draft): void {
  const { program, standing, body, valueNames } = draft
  for (const input of program.inputs.constants)
    valueNames.set(input.id, aligned(draft, input, names.constant(input.name)))
  for (const input of standing) valueNames.set(input.id, aligned(draft, input, names.carry(input.name)))
  for (const { id, name } of program.inputs.carry) valueNames.set(id, inside.carry(name))
  for (const { id, name } of program.inputs.xs) {
    valueNames.set(id, body.emit('Gather', `%${id} ${name}`, [names.xs(name), inside.iteration], { axis: 0 }))
  }
}

function labelOf({ id, name }: { readonly id: ValueId; readonly name: string }): string {
  return `%${id} ${name}`
}

/** Emits the split where the first of its slices is wanted. */
function sliceOf({ body, valueNames }: Draft, { source, axis, pieces }: Split, node: NodeOf<OpName>): string {
  const label = labelOf(node)
  if (body.produces(label)) return label
  const name = look(valueNames, source)
  const lengths = body.constant(
    'int64',
    [pieces.length],
    pieces.map(({ length }) => length),
  )
  const outputs = pieces.map(({ slice }, i) => (slice === undefined ? `${label} beside ${i}` : labelOf(slice)))
  body.node('Split', `split of ${name}`, [name, lengths], outputs, { axis })
  return label
}

function lowerNode<K extends OpName>(draft: Draft, node: NodeOf<K>): string {
  const { body, splits, fusions } = draft
  const split = splits.get(node.id)
  if (split !== undefined) return sliceOf(draft, split, node)
  const label = labelOf(node)
  const emit = (opType: string, inputs: readonly string[], attributes?: AttributeValues): string =>
    body.emit(opType, label, inputs, attributes)
  const nameOf = (id: ValueId): string => look(draft.valueNames, id)
  const fusion = fusions.by.get(node.id)
  if (fusion !== undefined) return lowerFusion({ dtype: node.type.dtype, nameOf, body, emit }, fusion)
  return loweringOf(node.op)({
    node,
    inputs: node.inputs.map(nameOf),
    types: node.inputs.map((id) => look(draft.types, id)),
    body,
    emit,
    shapeOf: (shape) => shapeOf(draft, shape),
    onesOf: (shape, dtype) => onesOf(draft, shape, dtype),
    rowsAreChecked: (indices) => draft.checkedRows.has(indices),
  })
}

/** Body outputs, in order: an output must be computed in the body, and be an output once; a copy stands in otherwise. */
function bodyOutputs({ program, body, valueNames, types }: Draft): ValueInfoProto[] {
  const taken = new Set<string>()
  const outputs = [...program.outputs.carry, ...program.outputs.ys]
  return outputs.map(({ value }) => {
    const { dtype, shape } = look(types, value)
    const source = look(valueNames, value)
    const direct = body.produces(source) && !taken.has(source)
    const name = direct ? source : body.emit('Identity', `%${value} out`, [source])
    taken.add(name)
    return { name, type: tensorType(dtype, shape) }
  })
}

function inputInfos(inputs: readonly ProgramInput[], name: (name: string) => string, lead: Shape | ['steps']) {
  return inputs.map((input): ValueInfoProto => ({
    name: name(input.name),
    type: tensorType(input.type.dtype, [...lead, ...input.type.shape]),
  }))
}

function outputInfos(
  { types }: Draft,
  outputs: readonly ProgramOutput[],
  name: (name: string) => string,
  lead: string[],
) {
  return outputs.map((output): ValueInfoProto => {
    const { dtype, shape } = look(types, output.value)
    return { name: name(output.name), type: tensorType(dtype, [...lead, ...shape]) }
  })
}

/** Without the carry that is handed on as it is, and the other in one order, as the loop wants it. */
function roundTheLoop(program: Program): Program {
  const standing = handedOn(program)
  const carry = program.inputs.carry.filter(({ name }) => !standing.has(name))
  const outputs = carry.flatMap(({ name }) => program.outputs.carry.filter((output) => output.name === name))
  return {
    ...program,
    inputs: { ...program.inputs, carry },
    outputs: { ...program.outputs, carry: outputs },
  }
}

function writeBody(draft: Draft) {
  const { program, body, valueNames } = draft
  bindInputs(draft)
  for (const node of program.nodes) {
    if (!draft.fusions.inside.has(node.id)) valueNames.set(node.id, lowerNode(draft, node))
  }
  const proceed = { name: body.emit('Identity', '%proceed', [inside.proceed]), type: tensorType('bool', []) }
  return body.finish({
    name: `step of ${program.name}`,
    input: [
      { name: inside.iteration, type: tensorType('int64', []) },
      { name: inside.proceed, type: tensorType('bool', []) },
      ...inputInfos(program.inputs.carry, inside.carry, []),
    ],
    output: [proceed, ...bodyOutputs(draft)],
  })
}

/** The model of a program that `verify` accepts and that has an output. */
export function buildModel(given: Program, producerVersion: string): ModelProto {
  const program = roundTheLoop(given)
  const rowNames = rowInputs(given).map(({ input, role }) =>
    role === 'xs' ? `%${input.id} ${input.name}` : names.constant(input.name),
  )
  const draft: Draft = {
    program,
    standing: given.inputs.carry.filter((input) => !program.inputs.carry.includes(input)),
    types: valueTypes(given),
    main: new GraphWriter(),
    body: new GraphWriter(),
    valueNames: new Map(),
    checkedRows: new Set(rowNames),
    splits: splitsOf(given),
    fusions: fusionsOf(given),
  }
  const body = writeBody(draft)
  const output = [
    ...outputInfos(draft, program.outputs.carry, names.lastCarry, []),
    ...outputInfos(draft, program.outputs.ys, names.ys, ['steps']),
  ]
  const carried = program.inputs.carry.map((input) => aligned(draft, input, names.carry(input.name)))
  draft.main.node(
    'Loop',
    program.name,
    [names.steps, '', ...carried],
    output.map(({ name }) => name),
    { body },
  )
  const graph = draft.main.finish({
    name: program.name,
    input: [
      { name: names.steps, type: tensorType('int64', []) },
      ...(usesBatch(program) ? [{ name: names.batch, type: tensorType('int64', [1]) }] : []),
      ...inputInfos(program.inputs.constants, names.constant, []),
      ...inputInfos(given.inputs.carry, names.carry, []),
      ...inputInfos(program.inputs.xs, names.xs, ['steps']),
    ],
    output,
  })
  const opsetImport = [
    { domain: '', version: opset },
    { domain: 'com.microsoft', version: 1 },
  ]
  return { irVersion, opsetImport, producerName: 'isograd', producerVersion, graph }
}
