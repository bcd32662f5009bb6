/** Hypotheses on loss and gradients. Layers and losses name other definitions of themselves by `otherwise`; nothing here knows a kind of them by name. */
import { activationOf } from '../../model/activations/activation.js'
import type { LayerRecord } from '../../model/layers/layer.js'
import type { TrainingPlan } from '../../plan/plan.js'
import { recordOf, type Spec } from '../../registry/settings.js'
import { type LossRecord, targetOf } from '../../task/losses/loss.js'
import { armNumbers, planned, unknownFactor } from './hypothesis.js'
import type { Choice, Hypothesis, Questioned, Unknown } from './hypothesis.js'
import { elementCount } from '../../tensor.js'
import { allLayers, otherPlan, withParsed } from './other-plans.js'
import { moments, sampleHypotheses } from './sample-hypotheses.js'

/** The numbers that the loss may have, and has not. */
function absentNumbers(plan: TrainingPlan): Unknown[] {
  const { arm, registry } = plan
  const { settings } = recordOf(registry.losses, arm.loss, 'loss')
  const absent = Object.keys(settings ?? {}).filter((name) => arm.loss[name] === undefined)
  return absent.map((name) => ({
    from: [0],
    at: (value): Choice | undefined =>
      planned(withParsed(plan, { loss: { ...arm.loss, [name]: value } }), {
        text: `"loss.${name}" ${Number(value.toPrecision(4))}`,
        asked: 'none',
      })[0],
  }))
}

/** Penalties where the experiment has none: of weights, or of all parameters, and told with the loss or not. */
function absentPenalties(plan: TrainingPlan): Unknown[] {
  const { arm, registry } = plan
  if (arm.regularizer !== undefined) return []
  const kinds = Object.entries(registry.regularizers).flatMap(([type, { settings }]) => {
    const [name, ...others] = Object.keys(settings ?? {})
    return name === undefined || others.length > 0 ? [] : [{ type, name }]
  })
  const { layers } = arm.model
  const changesOf = {
    weights: (regularizer: Spec) => ({ regularizer }),
    'all parameters': (regularizer: Spec) => ({
      regularizer,
      model: { ...arm.model, layers: layers.map((layer) => ({ ...layer, regularizer, biasRegularizer: regularizer })) },
    }),
  }
  return kinds.flatMap(({ type, name }) =>
    Object.entries(changesOf).flatMap(([held, changes]) =>
      [true, false].map((isWithPenalty) => ({
        from: [0],
        at: (value: number): Choice | undefined => {
          const text = `a penalty ${type} of ${held} with "${name}" ${Number(value.toPrecision(4))}`
          const [choice] = planned(withParsed(plan, changes({ type, [name]: value })), { text, asked: 'none' })
          return choice && { ...choice, isWithPenalty }
        },
      })),
    ),
  )
}

/** Numbers of a regularizer where the loss is told with its penalty, though that of the experiment is not nearer to it so. */
function penalised(plan: TrainingPlan): Unknown[] {
  return armNumbers(plan, plan.arm, ['regularizer']).map((unknown) => ({
    ...unknown,
    at: (value) => {
      const choice = unknown.at(value)
      return choice && { ...choice, isWithPenalty: true }
    },
  }))
}

/** Parts of an arm whose numbers the forward and the backward pass depend on. */
const passFields = ['model', 'activation', 'loss', 'regularizer', 'classWeights'] as const

/** The plan with another function in the place of its loss. */
function withLoss(plan: TrainingPlan, emit: LossRecord['emit'], words: Omit<Choice, 'asked'>): Choice[] {
  const { registry, arm } = plan
  const { losses } = registry
  const table = { ...losses, [arm.loss.type]: { ...recordOf(losses, arm.loss, 'loss'), emit } }
  const other = otherPlan(plan, {}, { registry: registry.replacing('losses', table) })
  return planned(other, { ...words, asked: arm.loss.type })
}

/** A loss of single numbers in which one side's shape [n, 1] meets the other's [n]: the mean over all pairs. */
function besideAll(record: LossRecord): LossRecord['emit'] {
  return (context) => {
    const { b, output, precision, sum } = context
    const target = b.transpose(targetOf(context), [1, 0])
    return record.emit({ ...context, target, sum: (terms) => b.div(sum(terms), b.size(output, 0, precision)) })
  }
}

/** The layer as it is in evaluation. */
function evaluating(record: LayerRecord): LayerRecord {
  return {
    ...record,
    build: (settings, context) => {
      const built = record.build(settings, context)
      return { ...built, emit: (emitting) => built.emit({ ...emitting, mode: 'evaluate' }) }
    },
  }
}

/** Layers with an activation each of which may have another by itself: of more it would take long. */
const MOST_ACTIVATED = 8

/** Another activation in one layer of several. */
function activationsOfOne(plan: TrainingPlan): Choice[] {
  const { registry } = plan
  const activated = allLayers(plan.model.layers).filter(({ activation }) => activation !== undefined)
  if (activated.length < 2 || activated.length > MOST_ACTIVATED) return []
  const specs = Object.keys(registry.activations).flatMap(
    (type) => withParsed(plan, { activation: { type } })?.arm.activation ?? [],
  )
  return activated.flatMap(({ name, kind, activation }) =>
    specs.flatMap((spec) => {
      const record = registry.layers[kind]
      if (record === undefined || spec.type === activation?.spec.type) return []
      const other = activationOf(registry.activations, spec)
      const build: LayerRecord['build'] = (settings, context) =>
        record.build(settings, context.name === name ? { ...context, activation: () => other } : context)
      const layers = registry.replacing('layers', { ...registry.layers, [kind]: { ...record, build } })
      const text = `"activation" ${spec.type} in "${name}" alone`
      const asked = activation?.spec.type ?? 'none'
      return planned(otherPlan(plan, {}, { registry: layers }), { text, asked, layer: name, stage: 'forward' })
    }),
  )
}

/** Steps before and after, of those that a batch of the same size is in. */
function neighbours({ plan, step, steps }: Questioned): number[] {
  const rowsOf = (first: number): number => plan.batchOf({ first, count: 1 })
  return [step - 1, step + 1].filter((other) => other >= 0 && other < steps && rowsOf(other) === rowsOf(step))
}

/** Everything that is tried, in this order. */
export const passHypotheses: Readonly<Record<string, Hypothesis>> = {
  batch: {
    choices: (of) =>
      neighbours(of).map((batch) => ({
        batch,
        text: `the batch of step ${batch}`,
        asked: `that of step ${of.step}`,
        layer: '',
        stage: 'data',
      })),
  },
  ...sampleHypotheses,
  activation: {
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
  activationOfOne: { choices: ({ plan }) => activationsOfOne(plan) },
  definition: {
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
  evaluation: {
    choices: ({ plan }) => {
      const records = Object.entries(plan.registry.layers).map(([kind, record]) => [kind, evaluating(record)])
      const registry = plan.registry.replacing('layers', Object.fromEntries(records))
      return planned(otherPlan(plan, {}, { registry }), { text: 'a network in evaluation', asked: 'in training' })
    },
  },
  // A softmax, or another function, between the last layer and the loss, and other definitions of the loss.
  output: {
    choices: ({ plan }) => {
      const { registry, arm, model } = plan
      const record = recordOf(registry.losses, arm.loss, 'loss')
      const layer = model.layers.at(-1)?.name ?? ''
      const behind = Object.keys(registry.activations).flatMap((type) => {
        const spec = withParsed(plan, { activation: { type } })?.arm.activation
        if (spec === undefined) return []
        const last = activationOf(registry.activations, spec)
        const other: LossRecord['emit'] = (of) => record.emit({ ...of, output: last.emit(of.b, of.output) })
        return withLoss(plan, other, { text: `${type} behind the last layer`, layer, stage: 'forward' })
      })
      const others = Object.entries(record.otherwise ?? {}).flatMap(([text, other]) =>
        withLoss(plan, other, { text, layer: '', stage: 'loss' }),
      )
      const isOfNumber = record.suits.every((type) => type === 'numbers' || type === 'flags')
      const crossed =
        isOfNumber && elementCount(model.outputShape) === 1
          ? withLoss(plan, besideAll(record), {
              text: 'every output beside the targets of all samples, as where [n, 1] meets [n],',
              layer: '',
              stage: 'loss',
            })
          : []
      return [...behind, ...others, ...crossed]
    },
  },
  keptGradients: {
    choices: ({ step }) =>
      step === 0
        ? []
        : [
            {
              keepsGradients: true,
              text: 'a gradient that is added to that of the step before',
              asked: 'that of the step alone',
            },
          ],
  },
  modelNumber: {
    unknowns: ({ plan }) => [
      ...armNumbers(plan, plan.arm, passFields),
      ...penalised(plan),
      ...absentNumbers(plan),
      ...absentPenalties(plan),
    ],
  },
  loss: {
    choices: ({ plan }) => {
      const { loss } = plan.arm
      const types = Object.keys(plan.registry.losses).filter((type) => type !== loss.type)
      return types.flatMap((type) =>
        planned(withParsed(plan, { loss: { type } }), { text: `"loss" ${type}`, asked: loss.type }),
      )
    },
  },
  decayInLoss: {
    choices: ({ plan }) => {
      const { weightDecay } = plan.arm.optimizer
      if (typeof weightDecay !== 'number' || weightDecay === 0) return []
      const text = 'a loss that is told with the penalty of "optimizer.weightDecay"'
      return [{ lossOfSquares: weightDecay / 2, text, asked: 'without it' }]
    },
  },
  resultFactor: {
    unknowns: (of) => [unknownFactor(of, 'it', (resultFactor) => ({ resultFactor }))],
  },
  moments,
}
