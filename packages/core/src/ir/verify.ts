/**
 * The rules of the IR, executable: whatever passes here every backend may rely on without checking again.
 * It runs before every compile and on every program that comes from a file.
 */
import { ProgramError } from '../errors.js'
import { bytesPerElement } from '../tensor.js'
import { isOpName, operationOf } from './ops/index.js'
import type { Operation } from './ops/operation.js'
import {
  allInputs,
  BATCH,
  formatType,
  type Program,
  type ProgramInput,
  type ProgramNode,
  type TensorType,
  type ValueId,
} from './program.js'

type Types = Map<ValueId, TensorType>

function fail(program: Program, message: string): never {
  throw new ProgramError('core', `program "${program.name}": ${message}`)
}

function checkType(program: Program, what: string, { dtype, shape }: TensorType): void {
  if (!Object.hasOwn(bytesPerElement, dtype)) fail(program, `${what}: unknown dtype "${dtype}"`)
  const symbols = shape.filter((dimension) => dimension === BATCH).length
  const sound = shape.every((dimension) => dimension === BATCH || (Number.isSafeInteger(dimension) && dimension > 0))
  if (!sound)
    fail(program, `${what}: dimensions must be positive integers or "batch", got ${formatType({ dtype, shape })}`)
  if (symbols > 1) fail(program, `${what}: the batch may appear once in a shape, got ${formatType({ dtype, shape })}`)
}

function define(program: Program, types: Types, id: ValueId, what: string, type: TensorType): void {
  if (types.has(id)) fail(program, `${what}: value %${id} is defined twice`)
  checkType(program, what, type)
  types.set(id, type)
}

function checkNames(program: Program, what: string, items: readonly { name: string }[]): void {
  const seen = new Set<string>()
  for (const { name } of items) {
    if (name === '') fail(program, `${what}: a name is empty`)
    if (seen.has(name)) fail(program, `${what}: "${name}" appears twice`)
    seen.add(name)
  }
}

function inferred(program: Program, node: ProgramNode, inputs: readonly TensorType[]): TensorType {
  const operation = operationOf(node.op) as Operation<unknown>
  try {
    return operation.infer(inputs, node.attributes)
  } catch (error) {
    return fail(program, `${node.op} "${node.name}": ${error instanceof Error ? error.message : String(error)}`)
  }
}

function checkNode(program: Program, types: Types, node: ProgramNode): void {
  if (!isOpName(node.op)) fail(program, `"${node.name}": unknown operation "${node.op as string}"`)
  const { arity } = operationOf(node.op)
  const enough = arity === 'variadic' ? node.inputs.length > 0 : node.inputs.length === arity
  const wanted = arity === 'variadic' ? 'at least 1' : arity
  if (!enough) fail(program, `${node.op} "${node.name}": expected ${wanted} inputs, got ${node.inputs.length}`)
  const inputs = node.inputs.map((id) => {
    const type = types.get(id)
    return type ?? fail(program, `${node.op} "${node.name}": input %${id} is not defined before it`)
  })
  const expected = inferred(program, node, inputs)
  if (formatType(expected) !== formatType(node.type)) {
    fail(program, `${node.op} "${node.name}": expected type ${formatType(expected)}, got ${formatType(node.type)}`)
  }
  define(program, types, node.id, `${node.op} "${node.name}"`, node.type)
}

function checkOutputs(program: Program, types: Types): void {
  for (const { name, value } of [...program.outputs.carry, ...program.outputs.ys]) {
    if (!types.has(value)) fail(program, `output "${name}": value %${value} is not defined`)
  }
  const carried = new Map(program.outputs.carry.map(({ name, value }) => [name, value]))
  for (const input of program.inputs.carry) checkCarry(program, types, input, carried.get(input.name))
  const extra = program.outputs.carry.find(({ name }) => !program.inputs.carry.some((input) => input.name === name))
  if (extra !== undefined) fail(program, `carry output "${extra.name}" has no carry input of that name`)
}

function checkCarry(program: Program, types: Types, input: ProgramInput, value: ValueId | undefined): void {
  if (value === undefined) fail(program, `carry "${input.name}" has no output`)
  const type = types.get(value)
  if (type === undefined || formatType(type) !== formatType(input.type)) {
    const got = type === undefined ? 'nothing' : formatType(type)
    fail(program, `carry "${input.name}": enters as ${formatType(input.type)}, leaves as ${got}`)
  }
}

function checkGradients(program: Program, types: Types): void {
  for (const { loss, wrt, gradient } of program.gradients ?? []) {
    const [ofLoss, ofInput, ofGradient] = [loss, wrt, gradient].map((id) => types.get(id))
    const fits = ofLoss !== undefined && ofInput !== undefined && ofGradient !== undefined && ofLoss.shape.length === 0
    if (!fits || formatType(ofInput) !== formatType(ofGradient)) {
      fail(program, `gradient note %${gradient}: is not a gradient of a scalar %${loss} with respect to %${wrt}`)
    }
  }
}

/** Steps are counted on `xs`, and the batch is read off them. */
function checkExtent(program: Program): void {
  const { xs } = program.inputs
  if (xs.length === 0) fail(program, 'there are no xs to scan over')
  const batched = program.nodes.find(({ type }) => type.shape.includes(BATCH))
  if (batched !== undefined && !xs.some(({ type }) => type.shape.includes(BATCH))) {
    fail(program, `${batched.op} "${batched.name}": depends on the batch, but no xs has one`)
  }
}

/** Checks every rule of the IR. @returns the program itself. @throws ProgramError naming the first rule broken. */
export function verify(program: Program): Program {
  const types: Types = new Map()
  for (const role of ['constants', 'carry', 'xs'] as const) checkNames(program, role, program.inputs[role])
  checkNames(program, 'nodes', program.nodes)
  checkNames(program, 'carry outputs', program.outputs.carry)
  checkNames(program, 'ys', program.outputs.ys)
  for (const input of allInputs(program)) define(program, types, input.id, `input "${input.name}"`, input.type)
  for (const input of [...program.inputs.constants, ...program.inputs.carry]) {
    if (input.type.shape.includes(BATCH)) fail(program, `input "${input.name}": only xs may depend on the batch`)
  }
  checkExtent(program)
  for (const node of program.nodes) checkNode(program, types, node)
  checkOutputs(program, types)
  checkGradients(program, types)
  return program
}
