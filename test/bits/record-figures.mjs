/**
 * The figures of a record that must not change, for records of either form: every number that training gave, as bytes.
 * Layers and parameters are put into one order first, so that another order in the document is not a difference.
 */
import { createHash } from 'node:crypto'

const PARAMETERS = ['weight', 'bias']
const UNITS = ['dead', 'saturated']

/** SHA-256 of numbers as float64, little-endian. Every NaN is the same, and -0 is 0: form 1 did not keep its sign. */
export function hashNumbers(numbers) {
  const bytes = Buffer.alloc(numbers.length * 8)
  numbers.forEach((number, i) => bytes.writeDoubleLE(number + 0, i * 8))
  return `${numbers.length}:${createHash('sha256').update(bytes).digest('hex')}`
}

/** A document in which numbers that JSON lacks stand as "NaN" (form 1) or { "$number": "NaN" } (form 2). */
export function parseDocument(text) {
  return JSON.parse(text, (_, item) => {
    if (item === 'NaN' || item === 'Infinity' || item === '-Infinity') return Number(item)
    const isHidden = typeof item === 'object' && item !== null && Object.keys(item).join() === '$number'
    return isHidden ? Number(item.$number) : item
  })
}

function byText(a, b) {
  return a < b ? -1 : Number(a > b)
}

/** Values of entries { step, layer, member, value } by step, layer and member. */
function inOrder(entries, members) {
  return entries
    .toSorted(
      (a, b) => a.step - b.step || byText(a.layer, b.layer) || members.indexOf(a.member) - members.indexOf(b.member),
    )
    .map(({ value }) => value)
}

/** Entries of a field of form 1: a list of steps, each with layers. */
function entriesOfSteps(steps, members) {
  return steps.flatMap(({ step, layers }) =>
    layers.flatMap((layer) =>
      members.flatMap((member) => {
        const value = layer[member]
        return value === undefined ? [] : [{ step, layer: layer.name, member, value }]
      }),
    ),
  )
}

/** Entries of one quantity of form 2: series with steps and single values; other parameters are new and left out. */
function entriesOfSeries(probes, quantity, members) {
  return probes
    .filter((series) => series.quantity === quantity && members.includes(series.parameter ?? quantity))
    .flatMap(({ layer, parameter, steps, values }) =>
      steps.map((step, i) => ({ step, layer, member: parameter ?? quantity, value: values[i] })),
    )
}

function figuresOfFirstForm(record) {
  const { epochs, testAccuracyByScale, trainAccuracies } = record
  return {
    losses: record.losses,
    gradientNorms: inOrder(entriesOfSteps(record.gradientNorms, PARAMETERS), PARAMETERS),
    updateRatios: inOrder(entriesOfSteps(record.updateRatios ?? [], ['weight']), ['weight']),
    units: inOrder(entriesOfSteps(record.units, UNITS), UNITS),
    stepAccuracies: trainAccuracies ?? [],
    epochs: epochs.flatMap(({ trainLoss, testLoss, testAccuracy }) => [trainLoss, testLoss, testAccuracy]),
    finals: {
      testLoss: record.testLoss,
      testAccuracy: record.testAccuracy,
      ...(testAccuracyByScale === undefined ? {} : { testAccuracyByScale: Object.values(testAccuracyByScale) }),
    },
  }
}

function accuracyOf({ metrics }) {
  return metrics.accuracy.value
}

/** Accuracies on pixels divided by 255 and as they are, of a run that is judged on the latter. */
function accuraciesByScale({ test, unit }) {
  return unit === undefined ? {} : { testAccuracyByScale: [accuracyOf(unit), accuracyOf(test)] }
}

function figuresOfSecondForm({ losses, probes, stepMetric, epochs, finals }) {
  return {
    losses,
    gradientNorms: inOrder(entriesOfSeries(probes, 'gradientNorm', PARAMETERS), PARAMETERS),
    updateRatios: inOrder(entriesOfSeries(probes, 'updateRatio', ['weight']), ['weight']),
    units: inOrder(
      UNITS.flatMap((quantity) => entriesOfSeries(probes, quantity, UNITS)),
      UNITS,
    ),
    stepAccuracies: stepMetric ?? [],
    epochs: epochs.flatMap(({ trainLoss, evaluations: { test } }) => [trainLoss, test.loss, accuracyOf(test)]),
    finals: {
      testLoss: finals.test.loss,
      testAccuracy: accuracyOf(finals.test),
      ...accuraciesByScale(finals),
    },
  }
}

/** The figures of a record of either form, as lists of numbers. @throws Error when it is of neither. */
export function figuresOf(record) {
  if (record.schema === 'isograd.run/1') return figuresOfFirstForm(record)
  if (record.schema === 'isograd.run/2') return figuresOfSecondForm(record)
  throw new Error(`expected a record of the schema isograd.run/1 or isograd.run/2, got ${record.schema}`)
}

/** Numbers of the units of a scalar chain, first unit first: of form 1 its own document, of form 2 an ordinary record. */
export function chainFiguresOf(chain) {
  if (chain.units !== undefined && chain.schema === undefined) {
    return {
      activation: chain.units.map(({ activation }) => activation),
      derivative: chain.units.map(({ derivative }) => derivative),
      gradient: chain.units.map(({ gradient }) => Math.abs(gradient)),
    }
  }
  const series = (quantity) => chain.probes.filter((probe) => probe.quantity === quantity)
  return {
    activation: series('output').map(({ values }) => values[0]),
    derivative: series('derivative').map(({ values }) => values[0]),
    gradient: series('gradientNorm').map(({ values }) => values[0]),
  }
}

/** SHA-256 of the bytes of every tensor of a safetensors file, in the order of their names. */
export function hashTensors(bytes) {
  const length = Number(bytes.readBigUInt64LE(0))
  const { __metadata__: _, ...tensors } = JSON.parse(bytes.subarray(8, 8 + length).toString())
  const hash = createHash('sha256')
  for (const name of Object.keys(tensors).toSorted(byText)) {
    const [from, to] = tensors[name].data_offsets
    hash.update(bytes.subarray(8 + length + from, 8 + length + to))
  }
  return `${Object.keys(tensors).length}:${hash.digest('hex')}`
}
