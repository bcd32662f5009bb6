/**
 * A program prepared for interpretation: which nodes need computing only once, in which order the others run, and after
 * which node each value is used no more. All of it is known before the first step.
 */
import { UnsupportedOpError } from '@isograd/core/backend'
import { allInputs, BATCH, concreteShape, type Program, type ProgramNode, type ValueId } from '@isograd/core/ir'
import type { Device } from '../device/device.js'
import { loweringOf } from '../lowerings/index.js'
import { type Arrangement, isNode, makesOf, readsOf, resultsOf, type Task } from './task.js'

/** One task and the values that are used no more once it is done. */
export interface Instruction {
  readonly task: Task
  readonly releases: readonly ValueId[]
}

/** A program ready to be interpreted. */
export interface Plan {
  /** Nodes that depend on constants alone: they run once, and their values are kept. */
  readonly once: readonly ProgramNode[]
  /** Tasks of every step. */
  readonly step: readonly Instruction[]
  /** The values that each carry input has in the next step, in the order of the inputs. */
  readonly carry: readonly ValueId[]
  readonly ys: Program['outputs']['ys']
  /** The shape of every node of a step, by position in `step`; of what is no node, nothing. */
  readonly shapes: (batch: number) => readonly (readonly number[])[]
}

const FLOAT64_HINT = 'TensorFlow.js computes in float32 only; use another backend, such as onnx or reference'

/** @throws UnsupportedOpError for float64 anywhere, and for an operation that lacks a kernel. */
export function checkSupport(backend: string, device: Device, program: Program): void {
  for (const { name, type } of allInputs(program)) {
    if (type.dtype === 'float64') throw new UnsupportedOpError(backend, `input ${name}`, 'float64', FLOAT64_HINT)
  }
  for (const { op, type } of program.nodes) {
    if (type.dtype === 'float64') throw new UnsupportedOpError(backend, op, 'float64', FLOAT64_HINT)
    if (type.shape.length > device.maxRank) {
      throw new UnsupportedOpError(backend, op, type.dtype, `at most ${device.maxRank} axes, got ${type.shape.length}`)
    }
    const missing = loweringOf(op).needs.find((kernel) => !device.kernels.has(kernel))
    if (missing !== undefined) {
      throw new UnsupportedOpError(backend, op, type.dtype, `TensorFlow.js has no kernel ${missing} for ${device.name}`)
    }
  }
}

/** Nodes whose value no step can change. */
function invariantNodes({ inputs }: Program, tasks: readonly Task[]): ReadonlySet<ValueId> {
  const invariant = new Set(inputs.constants.map(({ id }) => id))
  for (const task of tasks) {
    const isInvariant = isNode(task) && task.inputs.every((operand) => invariant.has(operand))
    if (isInvariant && !task.type.shape.includes(BATCH)) invariant.add(task.id)
  }
  return invariant
}

/** For each value the position of its last use in `tasks`; outputs are used after all of them. */
function lastUses({ outputs }: Arrangement, tasks: readonly Task[]): Map<ValueId, number> {
  const last = new Map<ValueId, number>()
  for (const [position, task] of tasks.entries()) {
    for (const used of [...makesOf(task), ...readsOf(task)]) last.set(used, position)
  }
  for (const id of resultsOf(outputs)) last.set(id, tasks.length)
  return last
}

function instructions(arrangement: Arrangement, tasks: readonly Task[]): Instruction[] {
  const last = lastUses(arrangement, tasks)
  return tasks.map((task, position) => {
    const used = new Set([...makesOf(task), ...readsOf(task)])
    return { task, releases: [...used].filter((id) => last.get(id) === position) }
  })
}

function shapesByBatch(tasks: readonly Task[]): Plan['shapes'] {
  const known = new Map<number, readonly (readonly number[])[]>()
  return (batch) => {
    const shapes = known.get(batch) ?? tasks.map((task) => (isNode(task) ? concreteShape(task.type.shape, batch) : []))
    known.set(batch, shapes)
    return shapes
  }
}

function carriedValues({ inputs }: Program, { outputs }: Arrangement): ValueId[] {
  const byName = new Map(outputs.carry.map(({ name, value }) => [name, value]))
  return inputs.carry.flatMap(({ name }) => byName.get(name) ?? [])
}

/** Plans a verified program, its nodes as they stand unless they are arranged otherwise. */
export function planOf(
  program: Program,
  arrangement: Arrangement = { tasks: program.nodes, outputs: program.outputs },
): Plan {
  const invariant = invariantNodes(program, arrangement.tasks)
  const isOnce = (task: Task): task is ProgramNode => isNode(task) && invariant.has(task.id)
  const tasks = arrangement.tasks.filter((task) => !isOnce(task))
  return {
    once: arrangement.tasks.filter(isOnce),
    step: instructions(arrangement, tasks),
    carry: carriedValues(program, arrangement),
    ys: arrangement.outputs.ys,
    shapes: shapesByBatch(tasks),
  }
}
