/**
 * The least that shows a failure: one scan, as few steps and rows as possible, one output, and for what is computed
 * element by element one element, where one shows it. Each candidate must fail as the case did.
 */
import type { Backend } from '../backend/contract.js'
import { operationOf } from '../ir/ops/index.js'
import type { Operation } from '../ir/ops/operation.js'
import { allInputs, BATCH, neededValues, type Program, type ProgramInput, type TensorType } from '../ir/program.js'
import { elementCount, rows, type Tensor, type TensorMap } from '../tensor.js'
import type { CaseData, ScanInput, ValueCase } from './case.js'
import { checkData, expectedOf } from './check-values.js'

/** Data of a case with one scan. */
export interface Trial extends CaseData {
  readonly scans: readonly [ScanInput]
}

type Candidate = () => Promise<Trial | undefined>

function withScan(trial: CaseData, scan: ScanInput): Trial {
  return { ...trial, scans: [scan] }
}

/** The trial with its programs changed alike. */
function changed(trial: Trial, change: (program: Program) => Program): Trial {
  const { magnitude } = trial
  return { ...trial, program: change(trial.program), ...(magnitude && { magnitude: change(magnitude) }) }
}

function mapTensors(map: TensorMap, change: (tensor: Tensor, name: string) => Tensor): TensorMap {
  return Object.fromEntries(Object.entries(map).map(([name, tensor]) => [name, change(tensor, name)]))
}

/** Elements `start` to `stop` of an axis. */
export function along(axis: number, source: Tensor, start: number, stop: number): Tensor {
  const [outer, inner] = [elementCount(source.shape.slice(0, axis)), elementCount(source.shape.slice(axis + 1))]
  const length = source.shape[axis] ?? 1
  const shape = source.shape.map((own, i) => (i === axis ? stop - start : own))
  const data = source.data.slice(0, outer * (stop - start) * inner)
  for (let i = 0; i < outer; i++) {
    const from = (i * length + start) * inner
    data.set(source.data.subarray(from, from + (stop - start) * inner), i * (stop - start) * inner)
  }
  return { ...source, shape, data } as Tensor
}

/** Steps `start` to `stop`, from the carry that the reference has there. */
async function someSteps(trial: Trial, start: number, stop: number): Promise<Trial> {
  const [{ carry, xs }] = trial.scans
  const part = (from: number, to: number): TensorMap => mapTensors(xs, (tensor) => rows(tensor, from, to))
  const [before] = start === 0 ? [] : await expectedOf(withScan(trial, { carry, xs: part(0, start) }))
  return withScan(trial, { carry: before?.carry ?? carry, xs: part(start, stop) })
}

/** The axis of an x that is the batch, the axis of steps counted; -1 where none is. */
function batchAxis(program: Program, name: string): number {
  const axis = program.inputs.xs.find((input) => input.name === name)?.type.shape.indexOf(BATCH) ?? -1
  return axis < 0 ? axis : axis + 1
}

/** Rows `start` to `stop` of the batch. */
async function someRows(trial: Trial, start: number, stop: number): Promise<Trial> {
  const [{ carry, xs }] = trial.scans
  const cut = mapTensors(xs, (tensor, name) => {
    const axis = batchAxis(trial.program, name)
    return axis < 0 ? tensor : along(axis, tensor, start, stop)
  })
  return withScan(trial, { carry, xs: cut })
}

function stepsOf({ scans: [{ xs }] }: Trial): number {
  return Object.values(xs)[0]?.shape[0] ?? 0
}

function batchOf({ program, scans: [{ xs }] }: Trial): number {
  const lengths = Object.entries(xs).map(([name, { shape }]) => shape[batchAxis(program, name)] ?? 0)
  return Math.max(0, ...lengths)
}

/** One output of each step, and what it takes to compute it. */
function pruned(program: Program, name: string): Program {
  const ys = program.outputs.ys.filter((output) => output.name === name)
  const outputs = [...program.outputs.carry, ...ys].map(({ value }) => value)
  const needed = neededValues(program.nodes, outputs)
  const nodes = program.nodes.filter(({ id }) => needed.has(id))
  const { gradients: _, ...rest } = program
  const { carry, xs, constants } = program.inputs
  const used = (inputs: readonly ProgramInput[]) => inputs.filter(({ id }) => needed.has(id))
  const kept = used(xs)
  const inputs = { carry, constants: used(constants), xs: kept.length === 0 ? xs.slice(0, 1) : kept }
  return { ...rest, inputs, nodes, outputs: { carry: program.outputs.carry, ys } }
}

function pick(map: TensorMap, inputs: readonly ProgramInput[]): TensorMap {
  return Object.fromEntries(inputs.map(({ name }) => [name, map[name] as Tensor]))
}

function oneOutput(trial: Trial, name: string): Trial {
  const { program, ...rest } = changed(trial, (own) => pruned(own, name))
  const [{ carry, xs }] = trial.scans
  const constants = pick(trial.constants, program.inputs.constants)
  return { ...rest, program, constants, scans: [{ carry, xs: pick(xs, program.inputs.xs) }] }
}

/** The program on inputs of other shapes. @throws where an operation does not take them. */
export function reshaped(program: Program, shapeOf: (input: ProgramInput) => TensorType['shape']): Program {
  const xs = program.inputs.xs.map((input) => ({ ...input, type: { ...input.type, shape: shapeOf(input) } }))
  const inputs = { ...program.inputs, xs }
  const types = new Map(allInputs({ ...program, inputs }).map(({ id, type }) => [id, type]))
  const nodes = program.nodes.map((node) => {
    const operation = operationOf(node.op) as Operation<unknown>
    const given = node.inputs.flatMap((id) => types.get(id) ?? [])
    const type = operation.infer(given, node.attributes)
    types.set(node.id, type)
    return { ...node, type }
  })
  return { ...program, inputs, nodes }
}

/** Inputs of one shape as vectors whose length is the batch; scalars stay. Only for what has no constants and no carry. */
function asVectors(trial: Trial): Trial | undefined {
  const { program, scans } = trial
  const { xs, carry, constants } = program.inputs
  const shapes = new Set(xs.map(({ type }) => String(type.shape)).filter((shape) => shape !== ''))
  if (shapes.size !== 1 || shapes.has(BATCH) || carry.length + constants.length > 0) return undefined
  const [{ xs: given }] = scans
  const flat = mapTensors(given, (tensor) => {
    const [steps = 0, ...rest] = tensor.shape
    return rest.length === 0 ? tensor : { ...tensor, shape: [steps, elementCount(rest)] }
  })
  const vectors = changed(trial, (own) => reshaped(own, ({ type }) => (type.shape.length === 0 ? [] : [BATCH])))
  return withScan(vectors, { carry: {}, xs: flat })
}

/** Shrinks what fails. */
class Shrinker {
  readonly #fails: (trial: Trial) => Promise<boolean>

  constructor(fails: (trial: Trial) => Promise<boolean>) {
    this.#fails = fails
  }

  /** The first candidate that fails; one that cannot be made or run is none. */
  async first(candidates: readonly Candidate[]): Promise<Trial | undefined> {
    for (const make of candidates) {
      // oxlint-disable-next-line no-await-in-loop -- a backend is used one call at a time
      const trial = await make().catch(() => undefined)
      // oxlint-disable-next-line no-await-in-loop
      if (trial !== undefined && (await this.#fails(trial))) return trial
    }
    return undefined
  }

  /** Halves as long as one half fails by itself. */
  async halved(
    trial: Trial,
    lengthOf: (trial: Trial) => number,
    part: (trial: Trial, start: number, stop: number) => Promise<Trial>,
  ): Promise<Trial> {
    const length = lengthOf(trial)
    if (length < 2) return trial
    const middle = Math.floor(length / 2)
    const half = await this.first([() => part(trial, middle, length), () => part(trial, 0, middle)])
    return half === undefined ? trial : this.halved(half, lengthOf, part)
  }

  async smallest(data: CaseData): Promise<Trial | undefined> {
    const scan = await this.first(data.scans.map((one) => async () => withScan(data, one)))
    if (scan === undefined) return undefined
    let trial = await this.halved(scan, stepsOf, someSteps)
    const outputs = trial.program.outputs.ys.map(({ name }) => name)
    trial = (await this.first(outputs.map((name) => async () => oneOutput(trial, name)))) ?? trial
    trial = (await this.first([async () => asVectors(trial)])) ?? trial
    return this.halved(trial, batchOf, someRows)
  }
}

/** The smallest trial that fails on a backend as the case does; undefined where no single scan of the case fails. */
export async function smallestFailure(one: ValueCase, backend: Backend): Promise<Trial | undefined> {
  const fails = async (trial: Trial): Promise<boolean> => {
    try {
      await checkData(trial, one, backend)
      return false
    } catch (error) {
      return error instanceof Error && error.name === 'CaseFailure'
    }
  }
  return new Shrinker(fails).smallest(one.build())
}
