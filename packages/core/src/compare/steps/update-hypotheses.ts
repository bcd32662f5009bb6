/** Hypotheses on the update. Nothing here knows an optimizer by name. */
import type { ArmSpec } from '../../experiment/arm.js'
import { type ScalarSource, stepScalars } from '../../plan/scalars.js'
import { short } from '../findings.js'
import { armNumbers, numberText, planned, unknownFactor } from './hypothesis.js'
import type { Choice, Hypothesis, Questioned, Unknown } from './hypothesis.js'
import { otherOptimizers, otherPlan, withParsed } from './other-plans.js'
import { insideRoot, outsideRoot } from './root-terms.js'
import { numbersOf, withValue } from './settings-of-arms.js'

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

/** Numbers of the optimizer that stand in each other's place. */
function swaps({ plan }: Questioned): Choice[] {
  const { optimizer } = plan.arm
  const numbers = numbersOf(optimizer, ['optimizer'])
  return numbers.flatMap((one, i) =>
    numbers.slice(i + 1).flatMap((other) => {
      if (one.value === other.value) return []
      const swapped = withValue({ ...plan.arm, ...withValue(plan.arm, one.path, other.value) }, other.path, one.value)
      return planned(withParsed(plan, { ...swapped }), {
        text: `"${one.name}" ${other.value} and "${other.name}" ${one.value}`,
        asked: `${one.value} and ${other.value}`,
      })
    }),
  )
}

/** The defaults of an optimizer in the place of all settings but its learning rate. */
function defaults({ plan }: Questioned): Choice[] {
  const { type, formulation, learningRate } = plan.arm.optimizer
  const given = { type, learningRate, ...(formulation !== undefined && { formulation }) }
  const other = withParsed(plan, { optimizer: given })
  const found = numbersOf(plan.arm.optimizer, []).flatMap(({ name, value }) => {
    const own = other?.arm.optimizer[name]
    return typeof own !== 'number' || own === value ? [] : [{ name: `"optimizer.${name}" ${own}`, value }]
  })
  return planned(found.length < 2 ? undefined : other, {
    text: `${found.map(({ name }) => name).join(' and ')}, the defaults,`,
    asked: found.map(({ value }) => value).join(' and '),
  })
}

const updateFields = ['optimizer', 'clipping', 'groups'] as const

/** Shares of the largest gradient that a limit is sought from. */
const shares = [1e-3, 0.01, 0.1, 0.5]

/** A norm that no gradient has. */
const UNCLIPPED = 1e30

/** Clipping of a kind that the experiment has not. */
function absentClipping({ plan, largestGradient }: Questioned): Unknown[] {
  const kinds = { norm: 'maxNorm', value: 'limit' } as const
  const present = plan.arm.clipping?.type
  const absent = Object.entries(kinds).filter(([type]) => type !== present)
  return absent.map(([type, name]) => ({
    from: [largestGradient],
    starts: shares.map((share) => [share * largestGradient]),
    at: (value): Choice | undefined =>
      planned(withParsed(plan, { clipping: { type, [name]: value } }), {
        text: `clipping by ${type} with "clipping.${name}" ${Number(value.toPrecision(4))}`,
        asked: present === undefined ? 'none' : `by ${present}`,
      })[0],
  }))
}

/** The scalars of a step, were the learning rate that of another update, or never another. */
function otherRates({ plan, step }: Questioned): Choice[] {
  const { rates } = plan
  if (rates === undefined) return []
  const { arm, optimizer, groups, accumulation } = plan
  const update = accumulation.updateOf(step)
  const at = (change: ScalarSource['rates'], text: string): Choice => ({
    scalarsOf: { arm, optimizer, groups, accumulation, rates: change },
    text,
    asked: `that of update ${update}`,
  })
  const moved = [-1, 1].filter((by) => update + by >= 0)
  return [
    ...moved.map((by) =>
      at(
        { at: (of, base, memory) => rates.at(of + by, base, memory) },
        `the learning rate of the update ${by < 0 ? 'before' : 'behind'}`,
      ),
    ),
    at({ at: (_, base) => base }, 'a learning rate without its schedule'),
  ]
}

/** The scalars of a step with no bias correction of one mean, whose share is a setting that is called beta. */
function partialCorrections({ plan }: Questioned): Choice[] {
  const { arm, optimizer, groups, accumulation, rates } = plan
  const betas = Object.keys(arm.optimizer).filter((name) => name.startsWith('beta'))
  return betas.map((name) => ({
    scalarsOf: {
      arm,
      optimizer,
      accumulation,
      rates,
      groups: groups.map((group) => ({ ...group, settings: { ...group.settings, [name]: 0 } })),
    },
    text: `no bias correction by "optimizer.${name}"`,
    asked: 'with it',
  }))
}

/** The decay of weights beside the gradient, where the experiment adds it to that. */
function decoupledDecay({ plan, step }: Questioned): Choice[] {
  const { optimizer } = plan.arm
  const { learningRate, weightDecay } = optimizer
  if (typeof learningRate !== 'number' || typeof weightDecay !== 'number' || weightDecay === 0) return []
  const rate = plan.rates === undefined ? learningRate : plan.rates.at(plan.accumulation.updateOf(step), learningRate)
  return planned(otherPlan(plan, { optimizer: { ...optimizer, weightDecay: 0 } }), {
    text: 'a decay of weights beside the gradient',
    asked: 'in the gradient',
  }).map((choice) => ({ ...choice, shrinks: rate * weightDecay }))
}

/** True for an optimizer with means that are corrected: their shares are called so. */
function hasBetas({ optimizer }: ArmSpec): boolean {
  return Object.keys(optimizer).some((name) => name.startsWith('beta'))
}

/** A step after which bias corrections are none any more. */
const LATE = 1e6

/** Everything that is tried, in this order. */
export const updateHypotheses: Readonly<Record<string, Hypothesis>> = {
  none: { choices: () => [{ isNone: true, text: 'no update', asked: 'one' }] },
  flag: {
    choices: ({ plan }) =>
      flags(plan.arm).flatMap(({ name, value, asked }) =>
        planned(otherPlan(plan, { optimizer: { ...plan.arm.optimizer, [name]: value } }, { mayLack: true }), {
          text: `"optimizer.${name}" ${value}`,
          asked,
        }),
      ),
  },
  otherNumbers: { choices: (of) => [...swaps(of), ...defaults(of)] },
  optimizer: {
    choices: ({ plan, lacksStates }) =>
      otherOptimizers(plan).flatMap((arm) =>
        planned(otherPlan(plan, arm, { mayLack: lacksStates }), {
          text: `optimizer ${arm.optimizer.type}`,
          asked: plan.arm.optimizer.type,
        }),
      ),
  },
  rate: { choices: otherRates },
  correction: {
    choices: (of) => {
      const { plan, step } = of
      const corrected = hasBetas(plan.arm) ? 'the bias correction' : 'the factors'
      const others: readonly [number, string][] = [
        [
          LATE,
          hasBetas(plan.arm) ? 'an update without bias correction' : 'an update without what is special to the first',
        ],
        [step + 1, `${corrected} of the next step`],
        ...(step > 0 ? [[step - 1, `${corrected} of the step before`] as [number, string]] : []),
      ]
      const moves = plan.rates !== undefined || plan.accumulation.every > 1
      const whole = moves ? [] : others.map(([scalars, text]) => ({ scalars, text, asked: `that of step ${step}` }))
      return [...whole, ...partialCorrections(of)]
    },
  },
  decoupledDecay: { choices: decoupledDecay },
  clipping: {
    choices: ({ plan }) =>
      plan.arm.clipping === undefined
        ? []
        : planned(otherPlan(plan, { clipping: { type: 'norm', maxNorm: UNCLIPPED } }), {
            text: 'no clipping',
            asked: `by ${plan.arm.clipping.type}`,
          }),
    unknowns: absentClipping,
  },
  optimizerNumber: { unknowns: ({ plan }) => armNumbers(plan, plan.arm, updateFields) },
  scalar: {
    unknowns: ({ plan, step }) =>
      Object.entries(stepScalars(plan, step, 1, plan.initialControl.schedule)).map(([name, { data }]) => ({
        from: [1],
        at: (value: number) => ({
          scalarFactors: { [name]: value },
          text: `${numberText(value, 1)} times "${name}"`,
          asked: short(Number(data[0])),
        }),
      })),
  },
  root: {
    // By its power of ten, since below a root it may be another by far.
    unknowns: () => [
      {
        from: [0],
        at: (power: number) => ({ alter: insideRoot(10 ** power), text: 'epsilon inside the root', asked: 'outside' }),
      },
      {
        from: [0],
        at: (power: number) => ({
          alter: outsideRoot(10 ** power),
          text: 'epsilon outside of the root',
          asked: 'inside',
        }),
      },
    ],
  },
  gradientFactor: {
    unknowns: (of) => [
      unknownFactor(of, 'the gradients that it starts from', (gradientFactor) => ({ gradientFactor })),
    ],
  },
  otherOptimizerNumber: {
    unknowns: ({ plan }) =>
      otherOptimizers(plan).flatMap((arm) =>
        armNumbers(plan, arm, ['optimizer'], `optimizer ${arm.optimizer.type} with `),
      ),
  },
}
