/** Histograms of pre-activations as data: those of each run at the probed steps, thinned to the room there is. */
import { type HistogramProbe, histogramProbes } from '../documents/run-view/layers.js'
import { Lists } from './line-chart.js'
import type { RidgeChart } from './page-data.js'
import { firstPanels } from './panel-lines.js'
import type { Section } from './section.js'
import { pickEvenly } from './thin.js'

/** Most steps whose histograms a page carries. */
const MOST_FRAMES = 12

/** Numbers in the histograms of one probe. */
function sizeOf([first]: readonly HistogramProbe[]): number {
  return first === undefined ? 0 : first.read().reduce((sum, { counts }) => sum + counts.length, 0)
}

/** The chart, of at most about `room` counts; undefined when no run has histograms. */
export function ridgeChart(section: Section, room: number): RidgeChart | undefined {
  const probed = section.runs.map((run) => ({ run, probes: histogramProbes(run.record) }))
  const present = probed.filter(({ probes }) => probes.length > 0)
  if (present.length === 0) return undefined
  const all = [...new Set(present.flatMap(({ probes }) => probes.map(({ step }) => step)))].toSorted((a, b) => a - b)
  const size = present.reduce((sum, { probes }) => sum + sizeOf(probes), 0)
  const steps = pickEvenly(all, Math.max(2, Math.min(MOST_FRAMES, Math.floor(room / Math.max(1, size)))))
  const lists = new Lists<string>()
  const lines = present.map(({ run: { series, seed }, probes: [first, ...rest] }) => {
    const layers = first?.layers ?? []
    const frames = steps.map((step) => {
      const bins = [first, ...rest].find((each) => each?.step === step)?.read() ?? []
      return layers.map((_, i) => bins[i] ?? null)
    })
    return { series, seed, x: lists.indexOf(layers), frames }
  })
  return {
    kind: 'ridges',
    id: `${section.id}-pre-activations`,
    title: 'Pre-activations by layer',
    label: 'input of the activation',
    names: lists.all,
    steps,
    framed: 'step',
    probes: all.length,
    lines,
    panels: firstPanels(section, lines),
  }
}
