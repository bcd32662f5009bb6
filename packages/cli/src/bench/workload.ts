/** What is trained: arms of presets by name, one of each network unless told otherwise. */
import {
  type ArmSpec,
  buildModel,
  findPreset,
  InputError,
  isChain,
  type Model,
  parseExperiment,
  presets,
  selectArms,
} from '@isograd/core'
import { type DataResult } from './job.js'

/** An arm to be measured. */
export interface BenchedArm {
  readonly preset: string
  readonly armName: string
  readonly arm: ArmSpec
}

/** The presets differ in initial values, masks and functions more than in networks: these have one of each. */
const oneOfEach = ['keras-13x10', 'keras-64x6-32x6', 'softmax-linear', 'nn-3layer', 'torch-mlp5']

const ALL = 'all'

function trained(): string[] {
  return presets.filter((preset) => !isChain(preset)).map(({ name }) => name)
}

/** The arm of `preset` or `preset:arm`; the first one unless named. */
function armOf(word: string): BenchedArm {
  const [name = '', ...rest] = word.split(':')
  const preset = findPreset(name)
  if (isChain(preset)) throw new InputError('isograd', `--preset: "${name}" is computed once and not trained`)
  const experiment = parseExperiment(preset, { source: `preset "${name}"` })
  const { arms } = rest.length === 0 ? experiment : selectArms(experiment, [rest.join(':')])
  const [first] = Object.entries(arms)
  if (first === undefined) throw new InputError('isograd', `preset "${name}" has no arm`)
  return { preset: name, armName: first[0], arm: first[1] }
}

/** The arms that the words name: `preset`, `preset:arm`, or `all`. @throws InputError for an unknown name. */
export function benchedArms(words: readonly string[] = oneOfEach): BenchedArm[] {
  return words.flatMap((word) => (word === ALL ? trained() : [word])).map(armOf)
}

/** The arm's model on the data that it is measured on, whatever its own data set is. @throws InputError */
export function modelOn(arm: ArmSpec, { sampleShape, classes }: DataResult): Model {
  return buildModel(arm, sampleShape, classes)
}

/** Numbers of features from the input to the output, such as `784-12x10-10`. */
export function shapeOf({ layers }: Model): string {
  const units = layers.filter(({ spec }) => spec.type === 'dense').map(({ outputShape }) => outputShape[0] ?? 0)
  const [input = 0] = layers.filter(({ spec }) => spec.type === 'dense').map(({ inputShape }) => inputShape[0] ?? 0)
  const runs: { readonly size: number; times: number }[] = []
  for (const size of units) {
    const last = runs.at(-1)
    if (last?.size === size) last.times++
    else runs.push({ size, times: 1 })
  }
  return [String(input), ...runs.map(({ size, times }) => (times === 1 ? String(size) : `${times}x${size}`))].join('-')
}
