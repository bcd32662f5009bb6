/**
 * A program as one ONNX model: the step is the body of a single Loop node. Each of `xs` is an input of the model that
 * the body gathers from by iteration number; `carry` is loop-carried; `ys` are the loop's scan outputs; `constants`, and
 * carry that no step changes, are inputs of the model that the body sees from inside. Weights and data are never stored
 * in the model.
 */
import {
  type OpName,
  type Program,
  type ProgramInput,
  type ProgramOutput,
  type Shape,
  valueTypes,
} from '@isograd/core/ir'
import { batchName, type Draft, entryOf, nameOf } from './draft.js'
import { fusionsOf } from '../fusion/fusions.js'
import { GraphWriter, tensorType } from './writer.js'
import { handedOn, rowInputs, usesBatch } from './inputs.js'
import { invariantsOf } from './invariants.js'
import { irVersion, type ModelProto, opset, type ValueInfoProto } from './proto.js'
import type { Dialect } from '../lowerings/index.js'
import { writeNodes } from './nodes.js'
import { splitsOf } from '../fusion/splits.js'

/** Names of the model's inputs and outputs; none of them can be taken for a value of the body, which starts with `%`. */
export const names = {
  steps: 'steps',
  batch: batchName,
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
  'scatterAddRows',
  'concat',
] as const)

/**
 * An input as the loop reads it. ONNX Runtime's sums begin at an aligned address, so their last bits depend on where
 * the tensor lies; its own memory is aligned, a typed array may not be. Floats are therefore copied into its memory, once
 * a scan, unless all that reads them rounds alike wherever they lie. Integers sum exactly.
 */
function aligned({ program, main }: Draft, { id, type }: ProgramInput, name: string): string {
  const isFloat = type.dtype === 'float32' || type.dtype === 'float64'
  const roundsAlike = program.nodes.every(({ op, inputs }) => anywhere.has(op) || !inputs.includes(id))
  const copies = isFloat && type.shape.length > 0 && !roundsAlike
  return copies ? main.emit('Concat', `aligned ${name}`, [name], { axis: 0 }) : name
}

function bindInputs(draft: Draft): void {
  const { program, unchanged, body, valueNames } = draft
  for (const input of program.inputs.constants)
    valueNames.set(input.id, aligned(draft, input, names.constant(input.name)))
  for (const input of unchanged) valueNames.set(input.id, aligned(draft, input, names.carry(input.name)))
  for (const { id, name } of program.inputs.carry) valueNames.set(id, inside.carry(name))
  for (const { id, name } of program.inputs.xs) {
    valueNames.set(id, body.emit('Gather', `%${id} ${name}`, [names.xs(name), inside.iteration], { axis: 0 }))
  }
}

/** Body outputs, in order: an output must be computed in the body, and be an output once; a copy stands in otherwise. */
function bodyOutputs(draft: Draft): ValueInfoProto[] {
  const { program, body, types } = draft
  const taken = new Set<string>()
  const outputs = [...program.outputs.carry, ...program.outputs.ys]
  return outputs.map(({ value }) => {
    const { dtype, shape } = entryOf(types, value)
    const source = nameOf(draft, body, value)
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
    const { dtype, shape } = entryOf(types, output.value)
    return { name: name(output.name), type: tensorType(dtype, [...lead, ...shape]) }
  })
}

/** The program of the loop: without the carry that is handed on as it is, and the other in one order. */
function loopedProgram(program: Program): Program {
  const unchanged = handedOn(program)
  const carry = program.inputs.carry.filter(({ name }) => !unchanged.has(name))
  const outputs = carry.flatMap(({ name }) => program.outputs.carry.filter((output) => output.name === name))
  return {
    ...program,
    inputs: { ...program.inputs, carry },
    outputs: { ...program.outputs, carry: outputs },
  }
}

function writeBody(draft: Draft) {
  const { program, body } = draft
  bindInputs(draft)
  writeNodes(draft)
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

/**
 * The model of a program that `verify` accepts and that has an output, to be run by so many threads, in the operators of a
 * dialect.
 */
export function buildModel(
  given: Program,
  producerVersion: string,
  threads: number,
  dialect: Dialect = 'exact',
): ModelProto {
  const program = loopedProgram(given)
  const unchanged = given.inputs.carry.filter((input) => !program.inputs.carry.includes(input))
  const rowNames = rowInputs(given).map(({ input, role }) =>
    role === 'xs' ? `%${input.id} ${input.name}` : names.constant(input.name),
  )
  const draft: Draft = {
    program,
    unchanged,
    types: valueTypes(given),
    main: new GraphWriter('outer '),
    body: new GraphWriter(),
    valueNames: new Map(),
    scalars: new Map(given.nodes.flatMap((node) => (node.op === 'constant' ? [[node.id, node]] : []))),
    invariants: invariantsOf(given, unchanged),
    checkedRows: new Set(rowNames),
    isOneThread: threads === 1,
    // A shader reads and writes a dozen tensors at most.
    splits: dialect === 'webgpu' ? new Map() : splitsOf(given),
    fusions: fusionsOf(given, dialect),
    dialect,
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
