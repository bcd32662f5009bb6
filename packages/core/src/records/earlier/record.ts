/** Records of the form isograd.run/1 as records of today's form. */
import { isObject } from '../../experiment/merge-patch.js'
import type { Probe } from '../../run/events.js'
import { RECORD_SCHEMA, seriesOf } from '../record.js'
import {
  dataOf,
  DEPTH_LAYERS,
  evaluationOf,
  type Fields,
  judging,
  list,
  probesOf,
  restoreNumbers,
} from './first-words.js'

/** The form that is read. */
export const EARLIER_RECORD = 'isograd.run/1'

function layerOf({ name, kind, activation, outputShape, parameters }: Fields): Fields {
  return {
    name,
    kind,
    ...(activation === undefined ? {} : { activation }),
    outputShape,
    parameters,
    isDepth: DEPTH_LAYERS.has(kind),
  }
}

function epochOf(epoch: Fields, { test, validation }: Fields): Fields {
  const { trainLoss, testLoss, testAccuracy, validationLoss, validationAccuracy, seconds } = epoch
  const held =
    validationLoss === undefined ? {} : { validation: evaluationOf(validationLoss, validationAccuracy, validation) }
  return { trainLoss, evaluations: { test: evaluationOf(testLoss, testAccuracy, test), ...held }, seconds }
}

function probesAt(value: unknown, kind: 'gradientNorm' | 'updateRatio' | 'units') {
  return list(value).map(({ step, layers }) => ({
    step: Number(step),
    probes: probesOf(layers, kind) as unknown as Probe[],
  }))
}

/** What is evaluated at the end: the test set, and the same on the other scale where both were. */
function finalsOf({ testLoss, testAccuracy, testAccuracyByScale }: Fields, { test }: Fields): Fields {
  const own = evaluationOf(testLoss, testAccuracy, test)
  if (!isObject(testAccuracyByScale)) return { test: own }
  return { test: own, unit: evaluationOf(Number.NaN, testAccuracyByScale['unit'], test) }
}

function optionalFields({ histograms, trainAccuracies, evaluations }: Fields, { test }: Fields): Fields {
  return {
    ...(histograms !== undefined && {
      histograms: list(histograms).map(({ preActivations, ...rest }) => ({ ...rest, inputs: preActivations })),
    }),
    ...(trainAccuracies !== undefined && { stepMetric: trainAccuracies }),
    ...(evaluations !== undefined && {
      evaluations: list(evaluations).map(({ step, testLoss, testAccuracy }) => ({
        step,
        evaluation: evaluationOf(testLoss, testAccuracy, test),
      })),
    }),
  }
}

/** Fields that mean today what they meant then. */
const unchanged = [
  'preset',
  'arm',
  'backend',
  'backendInfo',
  'seed',
  'precision',
  'experiment',
  'steps',
  'seconds',
  'chosenEpoch',
  'losses',
]

/** The parsed document of an earlier record in today's form; what was missing in it is missing still. */
export function upgradeRecord(document: unknown): unknown {
  const record = restoreNumbers(document) as Fields
  const dataset = isObject(record['dataset']) ? record['dataset'] : {}
  const { train, validation, test } = dataset
  const optimizer = isObject(record['experiment']) ? record['experiment']['optimizer'] : undefined
  const finals = finalsOf(record, dataset)
  const iterations = isObject(optimizer) ? optimizer['maxIterations'] : undefined
  return {
    schema: RECORD_SCHEMA,
    ...Object.fromEntries(unchanged.map((field) => [field, record[field]])),
    ...judging,
    modules: [],
    dataset: {
      ...dataOf(dataset),
      rows: { train, ...(validation === 0 ? {} : { validation }), test, ...('unit' in finals ? { unit: test } : {}) },
    },
    layers: list(record['layers']).map(layerOf),
    updatesPerStep: iterations ?? 1,
    end: { reason: 'finished' },
    finals,
    epochs: list(record['epochs']).map((epoch) => epochOf(epoch, dataset)),
    probes: seriesOf([
      ...probesAt(record['gradientNorms'], 'gradientNorm'),
      ...probesAt(record['updateRatios'], 'updateRatio'),
      ...probesAt(record['units'], 'units'),
    ]),
    ...optionalFields(record, dataset),
  }
}
