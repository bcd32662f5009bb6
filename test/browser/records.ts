/** Records made up for tests of the report page: every number in them follows from a rule that a test can repeat. */
import { type ArmSpec, findPreset, parseExperiment, type RunRecord } from '@isograd/core'
import { type ProbeSeries, RECORD_SCHEMA } from '@isograd/core/compare'

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

type Evaluation = RunRecord['finals'][string]

function evaluation(loss: number, accuracy: number): { readonly test: Evaluation } {
  return { test: { loss, metrics: { accuracy: { value: accuracy, error: 0.003 } } } }
}

/** A series of single numbers. */
function series(
  quantity: ProbeSeries['quantity'],
  layer: string,
  steps: readonly number[],
  valueAt: (step: number) => number,
  parameter?: string,
): ProbeSeries {
  const place = parameter === undefined ? { layer } : { layer, parameter }
  return { quantity, ...place, axes: [], steps, values: steps.map(valueAt) }
}

/** A record. */
export function recordOf(recipe: Recipe): RunRecord {
  const { preset = 'made-up', arm, backend = 'onnx', seed = 0, layers = 5, steps = 40 } = recipe
  const { probes = [0, 10, 20, 39], layerName = (layer) => `dense${layer + 1}`, norm = decadeNorm(layers) } = recipe
  const { loss = (step) => 2.3 / (1 + step / 10) } = recipe
  const names = Array.from({ length: layers }, (_, layer) => layerName(layer))
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
    modules: [],
    seed,
    precision: 'float32',
    experiment: { ...experimentOf(recipe.description), seed },
    dataset: {
      name: 'mnist',
      origin: 'files',
      fields: {
        image: { dtype: 'uint8', shape: [28, 28], encoding: { kind: 'numbers', scale: 1 / 255 } },
        label: { dtype: 'uint8', shape: [], encoding: { kind: 'category', count: 10 } },
      },
      target: 'label',
      rows: { train: 60000, test: 10000 },
    },
    metrics: { accuracy: { label: 'accuracy', format: 'percent', better: 'larger' } },
    judgedBy: 'accuracy',
    judgedOn: 'test',
    layers: names.map((name) => ({ name, kind: 'dense', outputShape: [10], parameters: 110, isDepth: true })),
    updatesPerStep: 1,
    steps,
    end: { reason: 'finished' },
    seconds: 3.25,
    chosenEpoch: 1,
    finals: evaluation(0.3217, 0.9123),
    epochs: [
      { trainLoss: 1.5, evaluations: evaluation(0.7654321, 0.8012), seconds: 1.625 },
      { trainLoss: 0.9, evaluations: evaluation(0.3217, 0.9123), seconds: 1.625 },
    ],
    probes: [
      ...names.flatMap((name, layer) => [
        series('gradientNorm', name, probes, (step) => norm(layer, step), 'weight'),
        series('gradientNorm', name, probes, (step) => norm(layer, step) / 3, 'bias'),
        series('updateRatio', name, probes, (step) => norm(layer, step) / 100, 'weight'),
      ]),
      ...names
        .slice(1)
        .map((name, i) => series('dead', `${name} activation`, [0, steps], (step) => (step === 0 ? 0.01 : 0.02) * i)),
    ],
    losses: Array.from({ length: steps }, (_, step) => loss(step)),
  }
}
