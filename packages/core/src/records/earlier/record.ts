/** Records of the form isograd.run/1 as records of today's form. */
import { isObject } from '../../experiment/merge-patch.js'
import type { Probe } from '../../run/events.js'
import { RECORD_SCHEMA, seriesOf } from '../record.js'
import {
  dataOf,
  each,
  evaluationOf,
  type Fields,
  judging,
  list,
  numberIn,
  probesOf,
  restoreNumbers,
} from './first-words.js'

/** The form that is read. */
export const EARLIER_RECORD = 'isograd.run/1'

/** Kinds of layers that the charts over depth showed. */
const depthKinds: readonly string[] = ['dense']

function layerOf({ name, kind, activation, outputShape, parameters }: Fields): Fields {
  return {
    name,
    kind,
    ...(activation === undefined ? {} : { activation }),
    outputShape,
    parameters,
    isDepth: depthKinds.some((counted) => counted === kind),
  }
}

function epochOf(epoch: Fields, { test, validation }: Fields) {
  const { trainLoss, testLoss, testAccuracy, validationLoss, validationAccuracy, seconds } = epoch
  const held =
    validationLoss === undefined ? {} : { validation: evaluationOf(validationLoss, validationAccuracy, validation) }
  return { trainLoss, evaluations: { test: evaluationOf(testLoss, testAccuracy, test), ...held }, seconds }
}

function probesAt(value: unknown, kind: 'gradientNorm' | 'updateRatio' | 'units') {
  return list(value).map(({ step, layers }) => ({
    step: numberIn(step),
    probes: probesOf(layers, kind) as unknown as Probe[],
  }))
}

/** All series; undefined where a list of them is none, for the reader of today's form to say so. */
function allProbes({ units, gradientNorms, updateRatios = [] }: Fields): unknown {
  if (![units, gradientNorms, updateRatios].every(Array.isArray)) return undefined
  return seriesOf([
    ...probesAt(units, 'units'),
    ...probesAt(gradientNorms, 'gradientNorm'),
    ...probesAt(updateRatios, 'updateRatio'),
  ])
}

/**
 * The figures of the chosen epoch: the test set, what was held back, and the test set on the other scale where both were, of
 * which no loss was kept.
 */
function finalsOf(record: Fields, dataset: Fields): Fields {
  const { testLoss, testAccuracy, testAccuracyByScale, epochs, chosenEpoch } = record
  const { test } = dataset
  const chosen = list(epochs)[numberIn(chosenEpoch)]
  const { validation } = chosen === undefined ? {} : (epochOf(chosen, dataset).evaluations as Fields)
  const scales = isObject(testAccuracyByScale) ? testAccuracyByScale : {}
  return {
    test: evaluationOf(testLoss, testAccuracy, test),
    ...(validation === undefined ? {} : { validation }),
    ...('unit' in scales ? { unit: evaluationOf(Number.NaN, scales['unit'], test) } : {}),
  }
}

function optionalFields({ histograms, trainAccuracies, evaluations }: Fields, { test }: Fields): Fields {
  return {
    ...(histograms !== undefined && {
      histograms: each(histograms, ({ preActivations, ...rest }) => ({ ...rest, inputs: preActivations })),
    }),
    ...(trainAccuracies !== undefined && { stepMetric: trainAccuracies }),
    ...(evaluations !== undefined && {
      evaluations: each(evaluations, ({ step, testLoss, testAccuracy }) => ({
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
    layers: each(record['layers'], layerOf),
    updatesPerStep: iterations ?? 1,
    end: { reason: 'finished' },
    finals,
    epochs: each(record['epochs'], (epoch) => epochOf(epoch, dataset)),
    probes: allProbes(record),
    ...optionalFields(record, dataset),
  }
}
