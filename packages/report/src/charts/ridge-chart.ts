/** Histograms of pre-activations as data: those of each run at the probed steps, thinned to the room there is. */
import { histogramProbes } from '../documents/run-view/layers.js'
import { probedLines } from './depth-charts.js'
import type { RidgeChart } from './page-data.js'
import { firstPanels } from './panel-lines.js'
import type { Section } from './section.js'

/** Most steps whose histograms a page carries. */
const MOST_FRAMES = 12

/** The chart, of at most about `room` counts; undefined when no run has histograms. */
export function ridgeChart(section: Section, room: number): RidgeChart | undefined {
  const probed = probedLines(section, histogramProbes, (first) => {
    const size = first.reduce((sum, { value }) => sum + value.counts.length, 0)
    return Math.min(MOST_FRAMES, Math.floor(room / Math.max(1, size)))
  })
  if (probed === undefined) return undefined
  return {
    ...probed,
    kind: 'ridges',
    id: `${section.id}-pre-activations`,
    title: 'Pre-activations by layer',
    label: 'input of the activation',
    framed: 'step',
    panels: firstPanels(section, probed.lines),
  }
}
