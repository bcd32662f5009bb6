/**
 * One step of a trace in float64, as the experiment has it or with something otherwise. It starts from the trace's own state,
 * and its update from the trace's own gradients, so that what is found was made in this step and stage.
 */
import { sliceStep } from '../../backend/scan.js'
import type { NumericTensor } from '../../ir/ops/operation.js'
import type { OpName } from '../../ir/ops/index.js'
import { neededValues, type Program, type ProgramNode, type ProgramOutput, type ValueId } from '../../ir/program.js'
import { Float64Evaluator, type EvaluatorRounding, type Outputs } from '../../observe/float64-evaluator.js'
import { names } from '../../plan/names.js'
import type { TrainingPlan } from '../../plan/plan.js'
import { type ScalarSource, stepScalars } from '../../plan/scalars.js'
import { batchInputs } from '../../plan/streaming.js'
import type { Safetensors } from '../../records/safetensors.js'
import type { Tensor, TensorMap } from '../../tensor.js'
import { batchOfOthers, type OtherRows } from './other-samples.js'
import { type StepOutputs, stepOutputs } from './quantities.js'
import { traceNames } from './trace.js'

/** A node whose value may be another: its own, its inputs', the nodes that made these, and those that read it. */
export interface AlterableNode {
  readonly node: ProgramNode
  readonly value: NumericTensor
  readonly inputs: readonly NumericTensor[]
  readonly madeBy: readonly (ProgramNode | undefined)[]
  readonly readBy: readonly ProgramNode[]
}

/** The value that takes the place of a node's; undefined leaves it. */
export type Alteration = (one: AlterableNode) => NumericTensor | undefined

/** A step that may have been done in the place of one; what is absent is as asked for. */
export interface Alternative {
  readonly plan?: TrainingPlan
  /** The step whose batch and masks it takes. */
  readonly batch?: number
  /** The step whose scalars it takes. */
  readonly scalars?: number
  /** The source of its scalars. */
  readonly scalarsOf?: ScalarSource
  /** Factors of scalars, by name. */
  readonly scalarFactors?: Readonly<Record<string, number>>
  /** Factor of the gradients that the update starts from. */
  readonly gradientFactor?: number
  /** Factor of loss and gradients where the trace has others. */
  readonly resultFactor?: number
  /** True where no parameter and no state is changed. */
  readonly isNone?: boolean
  /** True for gradients that are added to those of the step before. */
  readonly keepsGradients?: boolean
  /** True where the loss that is told has the penalty of regularizers in it. */
  readonly isWithPenalty?: boolean
  /** The share of the squares of all parameters, summed, that the loss is told with. */
  readonly lossOfSquares?: number
  /** The share of each parameter that the update takes away beside. */
  readonly shrinks?: number
  /** Rows of fields that take the place of those of the experiment. */
  readonly rows?: OtherRows
  readonly alter?: Alteration
  /** True if nothing but the update is otherwise: then that alone is computed. */
  readonly isOfUpdate?: boolean
}

/** Tensors that the trace has, or other frameworks may have, of a step. */
export class TracedStep {
  readonly #plan: TrainingPlan
  readonly #trace: Safetensors
  /** The alternative that it is computed with. */
  readonly #other: Alternative
  readonly step: number
  readonly carry: TensorMap

  constructor(plan: TrainingPlan, trace: Safetensors, step: number, carry: TensorMap, other: Alternative = {}) {
    this.#plan = plan
    this.#trace = trace
    this.#other = other
    this.step = step
    this.carry = carry
  }

  /** The same step from another state. */
  from(carry: TensorMap): TracedStep {
    return new TracedStep(this.#plan, this.#trace, this.step, carry, this.#other)
  }

  /** The step with something otherwise. */
  with(other: Alternative): TracedStep {
    return new TracedStep(this.#plan, this.#trace, this.step, this.carry, { ...this.#other, ...other })
  }

  /** The numbers of a step's samples, [1, batch]: the trace's own where it holds them. */
  #rows(step: number): Tensor {
    const rows = this.#trace.tensors[traceNames.rows(step)]
    return rows === undefined ? this.#plan.rows({ first: step, count: 1 }) : { ...rows, shape: [1, ...rows.shape] }
  }

  /** The inputs of the step's program. */
  #inputs() {
    const own = this.#plan
    const { plan = own, batch = this.step, scalars = this.step, scalarsOf = plan } = this.#other
    const { scalarFactors = {}, rows: others = {} } = this.#other
    const stretch = { first: batch, count: 1 }
    const masks = own.xs(own.stepRole, stretch)
    const masked = own.model.masks.flatMap(({ name }) =>
      masks[name] === undefined ? [] : [[name, masks[name]] as const],
    )
    const numbers = stepScalars(scalarsOf, scalars, 1, plan.initialControl.schedule)
    const factors = Object.entries(scalarFactors).flatMap(([name, factor]) =>
      numbers[name] === undefined ? [] : [[name, scaled(numbers[name], factor)] as const],
    )
    const table = own.table('train')
    const rows = this.#rows(batch)
    const isAsStored = Object.keys(others).length === 0
    const given = isAsStored ? { constants: {}, xs: batchInputs(table, rows) } : batchOfOthers(table, rows, others)
    return {
      program: plan.program('observed'),
      constants: { ...plan.constants('train'), ...given.constants },
      carry: this.carry,
      xs: {
        ...plan.xs(plan.stepRole, stretch),
        ...given.xs,
        ...Object.fromEntries(masked),
        ...numbers,
        ...(Object.fromEntries(factors) as TensorMap),
      },
      batch: plan.batchOf(stretch),
    }
  }

  /** The trace's own gradients, for the update to start from. */
  #replaced() {
    const { plan = this.#plan, gradientFactor = 1 } = this.#other
    const values = new Map(plan.program('observed').outputs.ys.map(({ name, value }) => [name, value]))
    const gradients = new Map(
      plan.model.parameters.flatMap(({ name }): [ValueId, NumericTensor][] => {
        const [id, own] = [values.get(names.gradient(name)), this.#trace.tensors[traceNames.gradient(this.step, name)]]
        return id === undefined || own === undefined
          ? []
          : [[id, gradientFactor === 1 ? own : scaled(own, gradientFactor)]]
      }),
    )
    return (node: ProgramNode) => (id: ValueId) => (node.stage === 'update' ? gradients.get(id) : undefined)
  }

  #evaluate(rounding: EvaluatorRounding, only: readonly string[] | undefined): Outputs {
    const inputs = this.#inputs()
    const { program, xs } = inputs
    const evaluator = new Float64Evaluator(program, { ...inputs, x: sliceStep(xs, 0) }, rounding)
    const replaced = this.#replaced()
    const { alter, isOfUpdate = false } = this.#other
    const surroundings = alter && surroundingsOf(program)
    const carry = isOfUpdate ? updatedOutputs(program) : only === undefined ? program.outputs.carry : []
    const ys = isOfUpdate ? [] : program.outputs.ys.filter(({ name }) => only === undefined || only.includes(name))
    const given = gradientsOf(program, isOfUpdate)
    const needed = neededValues(program.nodes, new Set([...carry, ...ys].map(({ value }) => value)), given)
    for (const node of program.nodes) {
      if (needed.has(node.id) && !given.has(node.id)) {
        const value = evaluator.next(node, replaced(node))
        const read = (id: ValueId): NumericTensor => replaced(node)(id) ?? evaluator.value(id)
        const changed = surroundings && alter?.({ node, value, inputs: node.inputs.map(read), ...surroundings(node) })
        if (changed !== undefined) evaluator.replace(node, changed)
      }
      evaluator.release(node)
    }
    const of = (outputs: readonly ProgramOutput[]) =>
      Object.fromEntries(outputs.map(({ name, value }) => [name, evaluator.value(value)]))
    return { carry: of(carry), ys: of(ys) }
  }

  /** Results of the step in float64, or with every result rounded once. @param only names of the loss and of gradients; all, and what is carried, unless given. */
  outputs(rounding: EvaluatorRounding = 'exact', only?: readonly string[]): StepOutputs {
    // What is penalised is known where the penalty is.
    const named = only?.includes(names.loss) === true ? [...only, names.penalty] : only
    return this.#told(stepOutputs(this.#evaluate(rounding, named), only === undefined))
  }

  /** Results of the step with values altered as they come; undefined where none was. @param ops those whose values may be; all unless given. */
  altered(alter: Alteration, rounding: EvaluatorRounding, ops?: readonly OpName[]): StepOutputs | undefined {
    const { plan = this.#plan } = this.#other
    if (ops !== undefined && !plan.program('observed').nodes.some(({ op }) => ops.includes(op))) return undefined
    let isAltered = false
    const noted: Alteration = (one) => {
      const own = this.#other.alter?.(one)
      const value = alter(own === undefined ? one : { ...one, value: own })
      isAltered ||= value !== undefined
      return value ?? own
    }
    const outputs = this.with({ alter: noted }).outputs(rounding)
    return isAltered ? outputs : undefined
  }

  /** Outputs with loss and gradients multiplied, and gradients added to those of the step before, where that is otherwise. */
  changed(outputs: StepOutputs): StepOutputs {
    const { keepsGradients = false, resultFactor = 1, lossOfSquares = 0 } = this.#other
    const squares = this.#plan.model.parameters.flatMap(({ name }) =>
      Array.from(this.carry[name]?.data ?? [], (x) => x * x),
    )
    const term = { shape: [], data: [lossOfSquares * squares.reduce((sum, x) => sum + x, 0)] }
    const gradients = this.#plan.model.parameters.map(({ name }) => {
      const [key, before] = [names.gradient(name), this.#trace.tensors[traceNames.gradient(this.step - 1, name)]]
      const own = scaled(outputs.gradients[key], resultFactor)
      return [key, keepsGradients ? added(own, before) : own]
    })
    return {
      ...outputs,
      loss: added(scaled(outputs.loss, resultFactor), term),
      gradients: Object.fromEntries(gradients) as StepOutputs['gradients'],
    }
  }

  /** What is carried on, where each parameter loses a share of itself beside. */
  #shrunk(carry: StepOutputs['carry']): StepOutputs['carry'] {
    const { shrinks = 0 } = this.#other
    if (shrinks === 0 || carry === undefined) return carry
    const parameters = this.#plan.model.parameters.map(({ name }) => {
      return [name, added(carry[name], scaled(this.carry[name], -shrinks))] as const
    })
    return { ...carry, ...(Object.fromEntries(parameters) as StepOutputs['carry']) }
  }

  /** Outputs as a trace tells them: no penalty of regularizers by itself, but in its loss, or nowhere. */
  #told({ penalty, loss, carry, ...others }: StepOutputs): StepOutputs {
    return {
      ...others,
      carry: this.#shrunk(carry),
      loss: this.#other.isWithPenalty === true ? added(loss, penalty) : loss,
    }
  }

  /** The step whose loss is that of the trace: with the penalty where that comes nearer. */
  asTold(): TracedStep {
    const { loss, penalty } = stepOutputs(this.#evaluate('exact', [names.loss, names.penalty]), false)
    const own = this.#trace.tensors[traceNames.loss(this.step)]
    if (loss === undefined || penalty === undefined || own === undefined) return this
    const away = Number(own.data[0]) - Number(loss.data[0])
    return Math.abs(away - Number(penalty.data[0])) < Math.abs(away) ? this.with({ isWithPenalty: true }) : this
  }

  /** True where the trace itself tells a parameter or a state after the step. */
  holds(name: string): boolean {
    return this.#trace.tensors[traceNames.after(this.step, name)] !== undefined
  }

  /** The largest element of the trace's gradients. */
  get largestGradient(): number {
    const { parameters } = this.#plan.model
    const largest = parameters.map(({ name }) => {
      const { data = [] } = this.#trace.tensors[traceNames.gradient(this.step, name)] ?? {}
      return Array.from(data, Math.abs).reduce((most, x) => Math.max(most, x), 0)
    })
    return Math.max(0, ...largest)
  }

  /** True where the trace holds no state of the optimizer. */
  get lacksStates(): boolean {
    const parameters = this.#plan.model.parameters.map(({ name }) => traceNames.after(this.step, names.state(name, '')))
    const stored = Object.keys(this.#trace.tensors)
    return !parameters.some((prefix) => stored.some((name) => name.startsWith(prefix)))
  }

  /** Values that the trace holds of the step; states that it leaves out are taken from float64. */
  reported(exact: StepOutputs): StepOutputs {
    const { tensors } = this.#trace
    const after = Object.keys(this.#plan.stepCarry).map((name) => [
      name,
      tensors[traceNames.after(this.step, name)] ?? exact.carry?.[name],
    ])
    const gradients = this.#plan.model.parameters.map(({ name }) => [
      names.gradient(name),
      tensors[traceNames.gradient(this.step, name)],
    ])
    return {
      loss: tensors[traceNames.loss(this.step)],
      gradients: Object.fromEntries(gradients) as StepOutputs['gradients'],
      carry: Object.fromEntries(after) as StepOutputs['carry'],
    }
  }
}

function scaled<T extends NumericTensor | undefined>(tensor: T, factor: number): T {
  return tensor && { ...tensor, data: Float64Array.from(tensor.data).map((value) => value * factor) }
}

function added(tensor: NumericTensor | undefined, other: NumericTensor | undefined): NumericTensor | undefined {
  if (tensor === undefined || other === undefined) return tensor
  return { ...tensor, data: Float64Array.from(tensor.data).map((x, i) => x + Number(other.data[i])) }
}

/** The gradients of a program, where they are given. */
function gradientsOf({ outputs }: Program, areGiven: boolean): ReadonlySet<ValueId> {
  const gradients = outputs.ys.filter(({ name }) => name.startsWith(names.gradient('')))
  return new Set(areGiven ? gradients.map(({ value }) => value) : [])
}

/** The outputs that the update alone makes. */
function updatedOutputs({ nodes, outputs }: Program) {
  const updated = new Set(nodes.filter(({ stage }) => stage === 'update').map(({ id }) => id))
  return outputs.carry.filter(({ value }) => updated.has(value))
}

/** The nodes that a node's inputs come from, and those that read it. */
function surroundingsOf({ nodes }: Program) {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const readers = new Map<ValueId, ProgramNode[]>()
  for (const node of nodes) for (const id of node.inputs) readers.set(id, [...(readers.get(id) ?? []), node])
  return ({ id, inputs }: ProgramNode) => ({
    madeBy: inputs.map((input) => byId.get(input)),
    readBy: readers.get(id) ?? [],
  })
}
