/** Records made up for tests of the report page: every number in them follows from a rule that a test can repeat. */
import { type ArmSpec, findPreset, parseExperiment, type RunRecord } from '@isograd/core'
import { RECORD_SCHEMA } from '@isograd/core/compare'

/** What a made-up record is like. */
export interface Recipe {
  readonly preset?: string
  readonly description?: string
  readonly arm: string
  readonly backend?: string
  readonly seed?: number
  readonly layers?: number
  readonly steps?: number
  /** Probed steps, from 0. */
  readonly probes?: readonly number[]
  readonly layerName?: (layer: number) => string
  /** The norm of a layer's weight gradient at a step. */
  readonly norm?: (layer: number, step: number) => number
  readonly loss?: (step: number) => number
}

/** The gradient of a layer in made-up records: falls by a decade a layer towards the first, and rises with the steps. */
export function decadeNorm(layers: number) {
  return (layer: number, step: number): number => 10 ** (layer - (layers - 1)) * (1 + step / 7)
}

function experimentOf(description: string | undefined): ArmSpec {
  const arm = parseExperiment(findPreset('torch-mlp5')).arms['relu']
  if (arm === undefined) throw new Error('no arm')
  return description === undefined ? arm : { ...arm, description }
}

/** A record. */
export function recordOf(recipe: Recipe): RunRecord {
  const { preset = 'made-up', arm, backend = 'onnx', seed = 0, layers = 5, steps = 40 } = recipe
  const { probes = [0, 10, 20, 39], layerName = (layer) => `dense${layer + 1}`, norm = decadeNorm(layers) } = recipe
  const { loss = (step) => 2.3 / (1 + step / 10) } = recipe
  const names = Array.from({ length: layers }, (_, layer) => layerName(layer))
  const units = (share: number) => names.slice(1).map((name, i) => ({ name: `${name} activation`, dead: share * i }))
  return {
    schema: RECORD_SCHEMA,
    preset,
    arm,
    backend,
    backendInfo: {
      versions: { runtime: '1.2.3' },
      device: 'cpu',
      threads: 1,
      dtypes: ['float32'],
      options: { opset: 21 },
    },
    seed,
    precision: 'float32',
    experiment: experimentOf(recipe.description),
    dataset: {
      name: 'mnist',
      origin: 'files',
      classes: 10,
      sampleShape: [28, 28],
      train: 60000,
      validation: 0,
      test: 10000,
    },
    layers: names.map((name) => ({ name, kind: 'dense', outputShape: [10], parameters: 110 })),
    steps,
    seconds: 3.25,
    testAccuracy: 0.9123,
    testLoss: 0.3217,
    chosenEpoch: 1,
    epochs: [
      { trainLoss: 1.5, testLoss: 0.7654321, testAccuracy: 0.8012, seconds: 1.625 },
      { trainLoss: 0.9, testLoss: 0.3217, testAccuracy: 0.9123, seconds: 1.625 },
    ],
    gradientNorms: probes.map((step) => ({
      step,
      layers: names.map((name, layer) => ({ name, weight: norm(layer, step), bias: norm(layer, step) / 3 })),
    })),
    updateRatios: probes.map((step) => ({
      step,
      layers: names.map((name, layer) => ({ name, weight: norm(layer, step) / 100 })),
    })),
    units: [
      { step: 0, layers: units(0.01) },
      { step: steps, layers: units(0.02) },
    ],
    losses: Array.from({ length: steps }, (_, step) => loss(step)),
  }
}
