/**
 * The table of what a program that repeats a step may do otherwise. One record each: what is changed, and how it is called. A
 * record gives choices, which are tried as they are, or numbers, whose value is sought. A record of the registry
 * can name other definitions of itself by `otherwise`; nothing here knows a kind of layer or optimizer by name.
 */
import type { ArmSpec } from '../../experiment/arm.js'
import type { TrainingPlan } from '../../plan/plan.js'
import { stepScalars } from '../../plan/scalars.js'
import { recordOf } from '../../registry/settings.js'
import { short } from '../findings.js'
import type { FindingStage } from '../verdict.js'
import { allLayers, otherOptimizers, otherPlan, withParsed } from './other-plans.js'
import { insideRoot, outsideRoot } from './root-terms.js'
import { numbersOf, withValue } from './settings-of-arms.js'
import type { Alternative } from './traced-step.js'

/** A part of a step: loss, gradients and states of layers, or the update. */
export type StepPart = 'pass' | 'update'

/** A way in which a step may have been done. */
export interface Choice extends Alternative {
  /** The words of it, as in "it is what ... gives". */
  readonly text: string
  /** The words of what the experiment has in its place. */
  readonly asked: string
  /** The place to blame, where it is another than that of what is out. */
  readonly layer?: string
  readonly stage?: FindingStage
}

/** A number that may be another. */
export interface Unknown {
  /** As the experiment has it. */
  readonly from: number
  readonly at: (value: number) => Choice | undefined
  /** Values that are tried where what is found is near them. */
  readonly likely?: readonly number[]
}

/** A step, for those who ask what was done in its place. */
export interface Questioned {
  readonly plan: TrainingPlan
  readonly step: number
  /** Steps that the trace holds. */
  readonly steps: number
  /** True where the trace holds no state of the optimizer. */
  readonly lacksStates: boolean
}

/** One thing that may be otherwise. */
export interface Hypothesis {
  readonly part: StepPart
  readonly choices?: (of: Questioned) => readonly Choice[]
  readonly unknowns?: (of: Questioned) => readonly Unknown[]
}

function planned(plan: TrainingPlan | undefined, words: Omit<Choice, keyof Alternative>): Choice[] {
  return plan === undefined ? [] : [{ plan, ...words }]
}

/** Parts of an arm whose numbers the forward and the backward pass depend on, and those of the update. */
const passFields = ['model', 'activation', 'loss', 'regularizer', 'classWeights'] as const
const updateFields = ['optimizer', 'clipping', 'groups'] as const

/** The numbers of an arm in some of its fields. */
function armNumbers(plan: TrainingPlan, arm: ArmSpec, fields: readonly (keyof ArmSpec)[], of = ''): Unknown[] {
  return fields.flatMap((field) =>
    numbersOf(arm[field], [field]).map(({ path, name, value }) => ({
      from: value,
      at: (other: number): Choice | undefined =>
        planned(otherPlan(plan, withValue(arm, path, other)), {
          text: `${of}"${name}" ${Number(other.toPrecision(Number(other.toPrecision(4)) === value ? 9 : 4))}`,
          asked: String(value),
        })[0],
    })),
  )
}

/** The numbers that the loss may have, and has not. */
function absentNumbers(plan: TrainingPlan): Unknown[] {
  const { arm, registry } = plan
  const { settings } = recordOf(registry.losses, arm.loss, 'loss')
  const absent = Object.keys(settings ?? {}).filter((name) => arm.loss[name] === undefined)
  return absent.map((name) => ({
    from: 0,
    at: (value): Choice | undefined =>
      planned(withParsed(plan, { loss: { ...arm.loss, [name]: value } }), {
        text: `"loss.${name}" ${Number(value.toPrecision(4))}`,
        asked: 'none',
      })[0],
  }))
}

/** A setting with another value, and the one that it has. */
interface Flag {
  readonly name: string
  readonly value: boolean | string
  readonly asked: string
}

/** The other value of each setting that is true or false, and the other formulation. */
function flags({ optimizer }: ArmSpec): Flag[] {
  const booleans = Object.entries(optimizer).flatMap(([name, value]) =>
    typeof value === 'boolean' ? [{ name, value: !value, asked: String(value) }] : [],
  )
  const isKeras = optimizer['formulation'] === 'keras'
  const [value, asked] = isKeras ? ['torch', 'keras'] : ['keras', 'torch']
  return [...booleans, { name: 'formulation', value, asked }]
}

const powers = Array.from({ length: 41 }, (_, i) => 2 ** (i - 20))

/** The words for a factor: the number of rows of the batch is told. */
function factorText(factor: number, rows: number): string {
  const named: readonly [number, string][] = [
    [rows, 'the batch size'],
    [1 / rows, 'one by the batch size'],
    [rows - 1, 'the batch size less one'],
    [1 / (rows - 1), 'one by the batch size less one'],
    [rows / (rows - 1), 'n / (n - 1) of the batch'],
    [(rows - 1) / rows, '(n - 1) / n of the batch'],
  ]
  const name = named.find(([value]) => value === factor)?.[1]
  return `${Number(factor.toPrecision(4))}${name === undefined ? '' : ` (${name})`}`
}

/** A factor that is sought, the batch's own numbers and powers of two first. */
function unknownFactor({ plan, step }: Questioned, text: string, at: (factor: number) => Alternative): Unknown {
  const n = plan.batchOf({ first: step, count: 1 })
  return {
    from: 1,
    at: (value) => ({ ...at(value), text: `a factor of ${factorText(value, n)} on ${text}`, asked: 'none' }),
    likely: [n, 1 / n, n - 1, 1 / (n - 1), n / (n - 1), (n - 1) / n, ...powers],
  }
}

/** Steps before and after, of those that a batch of the same size is in. */
function neighbours({ plan, step, steps }: Questioned): number[] {
  const rowsOf = (first: number): number => plan.batchOf({ first, count: 1 })
  return [step - 1, step + 1].filter((other) => other >= 0 && other < steps && rowsOf(other) === rowsOf(step))
}

/** A step after which bias corrections are none any more. */
const LATE = 1e6

/** Everything that is tried, in this order. */
export const hypotheses: Readonly<Record<string, Hypothesis>> = {
  batch: {
    part: 'pass',
    choices: (of) =>
      neighbours(of).map((batch) => ({
        batch,
        text: `the batch of step ${batch}`,
        asked: `that of step ${of.step}`,
        layer: '',
        stage: 'data',
      })),
  },
  activation: {
    part: 'pass',
    choices: ({ plan }) => {
      const { activation } = plan.arm
      const layer = plan.model.layers.find((each) => each.activation !== undefined)?.name
      const types = Object.keys(plan.registry.activations).filter((type) => {
        return layer !== undefined && type !== activation.type
      })
      return types.flatMap((type) =>
        planned(withParsed(plan, { activation: { type } }), {
          text: `"activation" ${type}`,
          asked: activation.type,
          ...(layer !== undefined && { layer, stage: 'forward' }),
        }),
      )
    },
  },
  definition: {
    part: 'pass',
    choices: ({ plan }) => {
      const { layers } = plan.registry
      const present = new Map(allLayers(plan.model.layers).map(({ kind, name }) => [kind, name]))
      return [...present].flatMap(([kind, layer]) =>
        Object.entries(layers[kind]?.otherwise ?? {}).flatMap(([text, build]) => {
          const registry = plan.registry.replacing('layers', { ...layers, [kind]: { ...layers[kind], build } })
          return planned(otherPlan(plan, {}, { registry }), { text, asked: kind, layer, stage: 'forward' })
        }),
      )
    },
  },
  modelNumber: {
    part: 'pass',
    unknowns: ({ plan }) => [...armNumbers(plan, plan.arm, passFields), ...absentNumbers(plan)],
  },
  keptGradients: {
    part: 'pass',
    choices: ({ step }) =>
      step === 0
        ? []
        : [{ keepsGradients: true, text: 'a gradient that is added to that of the step before', asked: 'alone' }],
  },
  resultFactor: {
    part: 'pass',
    unknowns: (of) => [unknownFactor(of, 'it', (resultFactor) => ({ resultFactor }))],
  },
  flag: {
    part: 'update',
    choices: ({ plan }) =>
      flags(plan.arm).flatMap(({ name, value, asked }) =>
        planned(otherPlan(plan, { optimizer: { ...plan.arm.optimizer, [name]: value } }), {
          text: `"optimizer.${name}" ${value}`,
          asked,
        }),
      ),
  },
  optimizer: {
    part: 'update',
    choices: ({ plan, lacksStates }) =>
      otherOptimizers(plan).flatMap((arm) =>
        planned(otherPlan(plan, arm, { mayLack: lacksStates }), {
          text: `optimizer ${arm.optimizer.type}`,
          asked: plan.arm.optimizer.type,
        }),
      ),
  },
  correction: {
    part: 'update',
    choices: ({ plan, step }) => {
      const others: readonly [number, string][] = [
        [LATE, 'an update without bias correction'],
        [step + 1, 'the bias correction of the step behind'],
        ...(step > 0 ? [[step - 1, 'the bias correction of the step before'] as [number, string]] : []),
      ]
      const moves = plan.rates !== undefined || plan.accumulation.every > 1
      return moves ? [] : others.map(([scalars, text]) => ({ scalars, text, asked: `that of step ${step}` }))
    },
  },
  optimizerNumber: { part: 'update', unknowns: ({ plan }) => armNumbers(plan, plan.arm, updateFields) },
  scalar: {
    part: 'update',
    unknowns: ({ plan, step }) =>
      Object.entries(stepScalars(plan, step, 1, plan.initialControl.schedule)).map(([name, { data }]) => ({
        from: 1,
        at: (value) => ({
          scalarFactors: { [name]: value },
          text: `${Number(value.toPrecision(4))} times "${name}"`,
          asked: short(Number(data[0])),
        }),
      })),
  },
  root: {
    part: 'update',
    // By its power of ten, since below a root it may be another by far.
    unknowns: () => [
      {
        from: 0,
        at: (power) => ({ alter: insideRoot(10 ** power), text: 'epsilon inside the root', asked: 'outside' }),
      },
      {
        from: 0,
        at: (power) => ({ alter: outsideRoot(10 ** power), text: 'epsilon outside of the root', asked: 'inside' }),
      },
    ],
  },
  gradientFactor: {
    part: 'update',
    unknowns: (of) => [
      unknownFactor(of, 'the gradients that it starts from', (gradientFactor) => ({ gradientFactor })),
    ],
  },
  otherOptimizerNumber: {
    part: 'update',
    unknowns: ({ plan }) =>
      otherOptimizers(plan).flatMap((arm) =>
        armNumbers(plan, arm, ['optimizer'], `optimizer ${arm.optimizer.type} with `),
      ),
  },
}
