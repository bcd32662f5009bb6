/**
 * Experiments with one value damaged, at every place of them: they are read, planned for and read again the same, or refused
 * with a message. Nothing else may happen.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Dataset } from '../src/data/dataset.js'
import { digits } from '../src/data/sets/digits/digits.js'
import { parseArmSpec } from '../src/experiment/experiment.js'
import { ExperimentError } from '../src/experiment/problems.js'
import { builtins, InputError, parseExperiment, planFor, presets } from '../src/index.js'
import { loadDataset } from '../src/node/load-dataset.js'
import { damaged, damages, placesOf } from './damages.js'

const sets = new Map<string, Dataset>()

beforeAll(async () => {
  const size = { train: 40, test: 20 }
  sets.set('mnist', digits({ ...size, seed: 0 }))
  for (const name of ['digits', 'sine', 'friedman1', 'moons', 'quadrants']) {
    // oxlint-disable-next-line no-await-in-loop -- drawn at once
    sets.set(name, await loadDataset(name, { size }))
  }
})

/** Reads a document and plans every arm on a small set, where there is one of its name. */
function plan(document: unknown): void {
  for (const [armName, arm] of Object.entries(parseExperiment(document, { source: 'damaged.json' }).arms)) {
    expect(parseArmSpec(JSON.parse(JSON.stringify(arm)), builtins, 'again')).toEqual(arm)
    const dataset = sets.get(arm.data.dataset)
    if (dataset !== undefined) planFor({ armName, arm: { ...arm, batchSize: 4 }, dataset, registry: builtins })
  }
}

function faultsOf(document: unknown): string[] {
  return placesOf(document).flatMap((path) =>
    damages.flatMap((damage) => {
      try {
        plan(damaged(document, path, damage))
        return []
      } catch (error) {
        return error instanceof InputError ? [] : [`${path.join('.')} as ${JSON.stringify(damage)}: ${String(error)}`]
      }
    }),
  )
}

/** An experiment with the first and the last of its arms alone, as `placesOf` has it of lists. */
function withTwoArms(document: object): unknown {
  const { arms, ...rest }: { readonly arms?: object } = document
  const all = Object.entries(arms ?? {})
  return arms === undefined ? document : { ...rest, arms: Object.fromEntries([...all.slice(0, 1), ...all.slice(-1)]) }
}

/** An experiment of each task with all that a field can hold. */
const rich = {
  name: 'rich',
  data: {
    dataset: 'sine',
    limit: 30,
    testLimit: 10,
    validation: 0.2,
    tables: { moved: { of: 'test', encodings: { x: { kind: 'numbers', scale: 2, mean: 1, standardDeviation: 3 } } } },
  },
  task: { type: 'regression', target: 'y', inputs: ['x'] },
  model: {
    layers: [
      { type: 'dense', units: 3, weights: { type: 'randomNormal', sd: 0.1 } },
      { type: 'activation', function: { type: 'leakyRelu', slope: 0.1 } },
      { type: 'residual', layers: [{ type: 'dense', units: 3 }, { type: 'prelu' }] },
      { type: 'dense', units: 1 },
    ],
  },
  loss: { type: 'meanSquaredError' },
  metrics: ['r2', { type: 'meanAbsoluteError' }],
  judgedBy: 'meanAbsoluteError',
  goal: { atMost: 0.1 },
  optimizer: { type: 'adam', learningRate: 0.1 },
  clipping: { type: 'norm', maxNorm: 1 },
  batchSize: 4,
  epochs: 2,
  probes: { every: 2, testEvery: 3, trainMetric: true, histograms: true, derivatives: true },
  arms: { a: { seed: 3 }, b: { optimizer: { type: 'lbfgs' }, clipping: null } },
}

const fixtures = fileURLToPath(new URL('../../../test/fixtures/v1/experiments', import.meta.url))

describe('an experiment with a damaged value is planned for or refused', () => {
  it('with every field', () => {
    expect(() => plan(rich)).not.toThrow()
    expect(faultsOf(rich)).toEqual([])
  })

  it.each(['small', 'two-arms', 'curvature'])('of the first version: %s', (name) => {
    expect(faultsOf(JSON.parse(readFileSync(`${fixtures}/${name}.json`, 'utf8')))).toEqual([])
  })

  it.each(presets.map((preset) => [preset.name, preset] as const))('of the preset %s', (_, preset) => {
    expect(faultsOf(withTwoArms(preset))).toEqual([])
  })
})

function withLayers(layers: readonly unknown[]): unknown {
  const optimizer = { type: 'sgd', learningRate: 0.1 }
  return { name: 'x', data: { dataset: 'digits' }, model: { layers }, optimizer, batchSize: 10, epochs: 1 }
}

function thrown(action: () => unknown): ExperimentError {
  try {
    action()
  } catch (error) {
    if (error instanceof ExperimentError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('experiments with very many faults', () => {
  it.each([21, 20_000])('tells the first 20 of %d, counts the rest and knows their places', (count) => {
    const layers = [...Array<number>(count - 1).fill(0), { type: 'dense', units: 4, nope: 1 }]
    const error = thrown(() => parseExperiment(withLayers(layers)))
    const lines = error.message.split('\n')
    expect(lines[20]).toBe('  model.layers[19]: expected an object, got 0')
    expect(lines.slice(21)).toEqual([`  and ${(count - 20).toLocaleString('en-US')} more`])
    expect(error.problems.at(-1)?.path).toEqual(['model', 'layers', count - 1, 'nope'])
  })
})
