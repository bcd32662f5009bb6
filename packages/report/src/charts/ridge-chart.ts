/** Histograms of pre-activations as data: those of each run at the probed steps, thinned to the room there is. */
import type { RunRecord } from '@isograd/core'
import type { RidgeChart, RidgeLine, Bins } from './page-data.js'
import { firstPanels } from '../sections/panels.js'
import type { Run, Section } from './section.js'
import { pickEvenly, sixDigits } from './thin.js'

type Histogram = NonNullable<RunRecord['histograms']>[number]['preActivations'][number]

/** Most steps whose histograms a page carries. */
const MOST_FRAMES = 12

function spreadOf({ min, max, sum, sumOfSquares, counts, notFinite }: Histogram): Bins {
  const count = counts.reduce((total, each) => total + each, 0)
  const mean = sum / count
  const variance = Math.max(0, sumOfSquares / count - mean * mean)
  return { min, max, mean: sixDigits(mean), deviation: sixDigits(Math.sqrt(variance)), counts, notFinite }
}

function lineOf({ record, series, seed }: Run, steps: readonly number[], lists: string[][]): RidgeLine {
  const { histograms = [] } = record
  const names = histograms[0]?.preActivations.map(({ name }) => name) ?? []
  const known = lists.findIndex((list) => JSON.stringify(list) === JSON.stringify(names))
  const x = known >= 0 ? known : lists.push(names) - 1
  const frames = steps.map((step) => {
    const found = histograms.find((each) => each.step === step)?.preActivations ?? []
    return names.map((_, i) => (found[i] === undefined ? null : spreadOf(found[i])))
  })
  return { series, seed, x, frames }
}

/** The chart, of at most about `room` counts; undefined when no run has histograms. */
export function ridgeChart(section: Section, room: number): RidgeChart | undefined {
  const runs = section.runs.filter(({ record }) =>
    record.histograms?.some(({ preActivations }) => preActivations.length > 0),
  )
  if (runs.length === 0) return undefined
  const all = [...new Set(runs.flatMap(({ record }) => record.histograms?.map(({ step }) => step) ?? []))]
  const bins = runs.reduce((sum, { record }) => {
    const layers = record.histograms?.[0]?.preActivations ?? []
    return sum + layers.length * (layers[0]?.counts.length ?? 0)
  }, 0)
  const steps = pickEvenly(
    all.toSorted((a, b) => a - b),
    Math.max(2, Math.min(MOST_FRAMES, Math.floor(room / Math.max(1, bins)))),
  )
  const names: string[][] = []
  const lines = runs.map((run) => lineOf(run, steps, names))
  return {
    kind: 'ridges',
    id: `${section.id}-pre-activations`,
    title: 'Pre-activations by layer',
    label: 'input of the activation',
    names,
    steps,
    framed: 'step',
    probes: all.length,
    lines,
    panels: firstPanels(section, lines),
  }
}
