/**
 * Recurrent layers: a cell is a step from (input, state) to a new state; this file puts it over the steps of a sequence,
 * forward, backward or both ways. The product of the input with its weights is one for all steps; the steps themselves are
 * written out one after the other, since a sequence has as many as its field says. Measured for an LSTM on two cores: 28 steps of
 * 128 units, batch 64, 1440 nodes, onnxruntime 1.30 0.1 s to load and 12 ms a step, TensorFlow.js in wasm 0.01 s and 95 ms; 98
 * steps of 32 units, batch 32, 0.5 s and 9 ms, 0.05 s and 27 ms; 1000 steps, 51,000 nodes, 21 s, and 0.2 s and 640 ms. A loop within
 * the program would be shorter, and its gradient would have to keep or compute again what each step needs. Tensors are named, and their gates
 * ordered, as in torch.nn; weights are [inputs, gates x units], that is, the other way round.
 */
import * as z from 'zod/mini'
import type { KerasLayer, KerasWeight } from '../../export/keras.js'
import type { Builder, Value } from '../../ir/builder.js'
import { BATCH } from '../../ir/program.js'
import { described } from '../../registry/described.js'
import type { Spec, SpecSchemas } from '../../registry/settings.js'
import type { BuildContext, BuiltLayer, EmitContext, Parameter, TorchModule } from './layer.js'
import { isPadding, requireSequence, requireTokens, stacked, stepOf } from './sequence.js'

/** Settings that all recurrent layers have. */
export function recurrentSettings({ initializer }: SpecSchemas) {
  return {
    units: z.int().check(z.gte(1), z.lte(100_000)),
    direction: described(
      z._default(z.enum(['forward', 'backward', 'both']), 'forward'),
      'Order of the steps; both: two cells, whose outputs stand side by side.',
    ),
    returnSequences: described(
      z._default(z.boolean(), false),
      'The output of every step, instead of the last one alone.',
    ),
    bias: z._default(z.boolean(), true),
    padding: described(
      z._default(z.int(), 0),
      'The token of steps that are none, where a second input gives a token for each step: they leave the state as it is, and give 0.',
    ),
    weights: described(z.optional(initializer), 'Initializer of the weights of the input.'),
    recurrent: described(z.optional(initializer), 'Initializer of the weights of the state.'),
    biases: z.optional(initializer),
  }
}

/** The settings of a recurrent layer. */
export interface RecurrentSettings {
  readonly units: number
  readonly direction: 'forward' | 'backward' | 'both'
  readonly returnSequences: boolean
  readonly bias: boolean
  readonly padding: number
  readonly weights?: Spec | undefined
  readonly recurrent?: Spec | undefined
  readonly biases?: Spec | undefined
}

/** A step of a cell. */
export interface CellStep {
  readonly b: Builder
  /** Product of the input of this step, with its bias, [batch, gates x units]. */
  readonly input: Value
  /** The state before, each [batch, units]; the first is the output. */
  readonly state: readonly Value[]
  /** Weights of the state, [units, gates x units], and their bias, where there is one. */
  readonly weight: Value
  readonly bias: Value | undefined
  /** A tensor of the cell's own. */
  readonly own: (role: string) => Value
  /** Lets the gates of this step be looked at, each [batch, units]. */
  readonly revealGates: (gates: readonly Value[]) => void
}

/** A recurrent cell. */
export interface Cell {
  readonly gates: number
  /** Number of tensors that it hands on. */
  readonly states: number
  /** Trained tensors beside weights and biases: their roles; each has a number for each unit. */
  readonly own?: readonly string[]
  /** Changes the initial bias, row-major. */
  readonly initialBias?: (values: Float64Array, units: number) => Float64Array
  /** The state after a step. */
  readonly step: (step: CellStep, units: number) => readonly Value[]
}

/** x w + c, where there is a c. */
export function affine(b: Builder, x: Value, weight: Value, bias: Value | undefined): Value {
  const product = b.matmul(x, weight)
  return bias === undefined ? product : b.add(product, bias)
}

/** Gate number `gate` of values that hold several side by side. */
export function gateOf(b: Builder, x: Value, gate: number, units: number): Value {
  return b.slice(x, x.type.shape.length - 1, gate * units, (gate + 1) * units)
}

function ownParameters(context: BuildContext, { units, ...settings }: RecurrentSettings, cell: Cell, suffix: string) {
  const { features } = requireSequence(context)
  const width = cell.gates * units
  const made = (role: string, shape: readonly number[], fanIn: number, initial: Spec | 'weights' | 'biases') =>
    context.parameter(`${role}${suffix}`, shape, { fanIn, fanOut: units }, initial)
  const bias = made('bias_ih_l0', [width], features, settings.biases ?? 'biases')
  const { initialBias = (values: Float64Array) => values } = cell
  return [
    made('weight_ih_l0', [features, width], features, settings.weights ?? 'weights'),
    made('weight_hh_l0', [units, width], units, settings.recurrent ?? settings.weights ?? 'weights'),
    ...(settings.bias
      ? [
          { ...bias, initial: (given: Parameters<Parameter['initial']>[0]) => initialBias(bias.initial(given), units) },
          made('bias_hh_l0', [width], units, settings.biases ?? 'biases'),
        ]
      : []),
    ...(cell.own ?? []).map((role) => made(role, [units], units, settings.recurrent ?? settings.weights ?? 'weights')),
  ]
}

/** Where steps are padding, [batch, 1] for each; none where no tokens are given. */
function paddingOf({ b, xs: [, tokens] }: EmitContext, padding: number, steps: number): Value[] {
  if (tokens === undefined) return []
  const where = isPadding(b, tokens, padding)
  return Array.from({ length: steps }, (_, step) => b.slice(where, 1, step, step + 1))
}

/** The outputs of one cell over all steps, in their order in time, and that of its last step. */
function run(context: EmitContext, cell: Cell, settings: RecurrentSettings, name: string, suffix: string) {
  const { b, x, parameter } = context
  const { units, bias } = settings
  const own = (role: string): Value => parameter(`${name}.${role}${suffix}`)
  const inputs = affine(b, x, own('weight_ih_l0'), bias ? own('bias_ih_l0') : undefined)
  const gates: (readonly Value[])[] = []
  const held = { weight: own('weight_hh_l0'), bias: bias ? own('bias_hh_l0') : undefined, own }
  const steps = Number(x.type.shape[1])
  const padded = paddingOf(context, settings.padding, steps)
  const zero = b.filled(0, x.type.dtype, [BATCH, units])
  let state: readonly Value[] = Array.from({ length: cell.states }, () => zero)
  const outputs: Value[] = []
  const states: (readonly Value[])[] = []
  const order = Array.from({ length: steps }, (_, step) => (suffix === '' ? step : steps - 1 - step))
  for (const step of order) {
    const before = state
    const revealGates: CellStep['revealGates'] = (all) => void (gates[step] = all)
    const after = cell.step({ b, input: stepOf(b, inputs, step), state, revealGates, ...held }, units)
    const isPadded = padded[step]
    state = isPadded ? after.map((value, i) => b.select(isPadded, before[i] ?? zero, value)) : after
    states[step] = state
    const [output = zero] = state
    outputs[step] = isPadded ? b.select(isPadded, zero, output) : output
  }
  context.reveal(suffix === '' ? 'states' : 'backwardStates', states)
  if (gates.length > 0) context.reveal(suffix === '' ? 'gates' : 'backwardGates', gates)
  return { outputs, last: state[0] ?? zero }
}

const suffixes = { forward: [''], backward: ['_reverse'], both: ['', '_reverse'] } as const

/** The class of a cell in Keras and its further settings, and the order of its gates there. */
export interface KerasCell {
  readonly className: string
  readonly config: Readonly<Record<string, unknown>>
  readonly gates?: readonly number[]
  /** True where both biases are kept apart, and then TensorFlow.js lacks it. */
  readonly hasTwoBiases?: boolean
}

/** One way over the steps in Keras, with its weights. @param suffix of its parameters. @param place before the names of its weights. */
function kerasWay(context: BuildContext, settings: RecurrentSettings, cell: KerasCell, suffix: string, place: string) {
  const { units, bias, returnSequences } = settings
  const { className, config, gates, hasTwoBiases = false } = cell
  const source = (role: string): string => `${context.name}.${role}${suffix}`
  const parts = gates && { parts: { of: gates.length, order: gates } }
  const other = { [hasTwoBiases ? 'below' : 'plus']: source('bias_hh_l0') }
  const weights: KerasWeight[] = [
    { name: `${place}/kernel`, source: source('weight_ih_l0'), ...parts },
    { name: `${place}/recurrent_kernel`, source: source('weight_hh_l0'), ...parts },
    ...(bias ? [{ name: `${place}/bias`, source: source('bias_ih_l0'), ...other, ...parts }] : []),
  ]
  const usual = { units, activation: 'tanh', use_bias: bias, return_sequences: returnSequences }
  return { className, config: { ...usual, ...config }, weights }
}

/** A recurrent layer in Keras; both ways are one inside another, which makes that of the other way itself. */
function kerasLayer(context: BuildContext, settings: RecurrentSettings, cell: KerasCell): KerasLayer {
  const { name } = context
  const { direction } = settings
  const way = (suffix: string, place: string) => kerasWay(context, settings, cell, suffix, place)
  const isKeras3Only = cell.hasTwoBiases === true
  if (direction !== 'both') {
    const { config, ...one } = way(direction === 'forward' ? '' : '_reverse', name)
    return { ...one, config: { ...config, go_backwards: direction === 'backward' }, isKeras3Only }
  }
  const [forward, backward] = [way('', `${name}/forward_${name}_way`), way('_reverse', `${name}/backward_${name}_way`)]
  const inside = { className: forward.className, config: { ...forward.config, name: `${name}_way` } }
  return {
    className: 'Bidirectional',
    config: { layer: inside, merge_mode: 'concat' },
    weights: [...forward.weights, ...backward.weights],
    isKeras3Only,
  }
}

interface TorchCell {
  readonly name: string
  readonly more?: string
  readonly last: string
}

/** The setting of a recurrent layer that its class in torch.nn lacks. */
function torchLacks(torch: TorchCell | string, direction: string, isWhole: boolean): string | undefined {
  if (typeof torch === 'string') return torch
  if (!isWhole) return 'tokens that tell padding'
  return direction === 'backward' ? 'direction "backward"' : undefined
}

/**
 * A recurrent layer of a cell.
 * @param torch the class in torch.nn and its further arguments, or the setting that it lacks. @param keras that in Keras.
 */
export function recurrentLayer(
  cell: Cell,
  settings: RecurrentSettings,
  context: BuildContext,
  torch: TorchCell | string,
  keras: KerasCell | undefined,
): BuiltLayer {
  const { name } = context
  const { steps, features } = requireSequence(context)
  requireTokens(context, 1, steps)
  const { units, direction, returnSequences, bias } = settings
  const ways = suffixes[direction]
  const parameters = ways.flatMap((suffix) => ownParameters(context, settings, cell, suffix))
  const width = ways.length * units
  const words = (given: TorchCell): TorchModule => ({
    module: `${given.name}(${features}, ${units}, bias=${bias ? 'True' : 'False'}, batch_first=True, bidirectional=${ways.length > 1 ? 'True' : 'False'}${given.more ?? ''})`,
    transposed: parameters.filter(({ role }) => role.startsWith('weight')).map((one) => one.name),
    call: (module, [x]) =>
      returnSequences ? `${module}(${x})[0]` : `${module}(${x})${given.last}.transpose(0, 1).flatten(1)`,
  })
  const isWhole = context.inputShapes.length === 1
  const lacks = torchLacks(torch, direction, isWhole)
  // Backward, Keras gives the steps in the order in which it took them.
  const hasKeras = keras !== undefined && isWhole && !(direction === 'backward' && returnSequences)
  return {
    outputShape: returnSequences ? [steps, width] : [width],
    parameters,
    isDepth: true,
    emit: (emitting) => {
      const { b } = emitting
      const runs = ways.map((suffix) => run(emitting, cell, settings, name, suffix))
      return returnSequences
        ? b.concat(
            runs.map(({ outputs }) => stacked(b, outputs)),
            2,
          )
        : b.concat(
            runs.map(({ last }) => last),
            1,
          )
    },
    ...(hasKeras && { keras: () => kerasLayer(context, settings, keras) }),
    ...(typeof torch === 'string' || lacks !== undefined ? { torchLacks: lacks } : { torch: () => words(torch) }),
  }
}
