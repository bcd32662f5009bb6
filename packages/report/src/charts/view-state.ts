/** The choices of a reader in a section, and the part of a chart that is seen then. */
import type { Chart, Line, LineChart, RidgeChart, SectionData } from './page-data.js'
import { hasFrames, itemAt } from './series-names.js'

/** Choices in a section. */
export interface ViewState {
  readonly arms: readonly boolean[]
  readonly backends: readonly boolean[]
  /** Index in the section's seeds. */
  readonly seed: number
  /** Frames chosen with sliders, by chart. */
  readonly frames: Readonly<Record<string, number>>
  /** Lines chosen for the panels of heat maps, by chart. */
  readonly panels: Readonly<Record<string, readonly number[]>>
}

/** Everything on, the first seed, the first frames. */
export function initialView({ arms, backends }: SectionData): ViewState {
  return { arms: arms.map(() => true), backends: backends.map(() => true), seed: 0, frames: {}, panels: {} }
}

/** True of a series whose arm and backend are switched on. */
export function seriesShown({ series }: SectionData, state: ViewState, index: number): boolean {
  const { arm, backend } = itemAt(series, index)
  return state.arms[arm] !== false && state.backends[backend] !== false
}

/** The lines that are seen, in the order of the series. */
export function shownLines(section: SectionData, chart: LineChart, state: ViewState): Line[] {
  return section.series.flatMap((_, index) => {
    if (!seriesShown(section, state, index)) return []
    // The line of the chosen seed, or the one over all seeds; of a series without that seed, of its first.
    const own = chart.lines.filter(({ series }) => series === index)
    return own.find(({ seed = state.seed }) => seed === state.seed) ?? own[0] ?? []
  })
}

/** The frame of a chart that is seen. */
export function frameOf(chart: Pick<LineChart, 'id' | 'steps'>, state: ViewState): number {
  return Math.min(state.frames[chart.id] ?? 0, Math.max(0, chart.steps.length - 1))
}

/** The chart with an id. */
export function chartOf<K extends Chart['kind']>(
  { charts }: SectionData,
  kind: K,
  id: string,
): Extract<Chart, { kind: K }> | undefined {
  return charts.find((chart): chart is Extract<Chart, { kind: K }> => chart.kind === kind && chart.id === id)
}

/** Index of the step nearest to one. */
function nearestFrame(steps: readonly number[], step: number): number {
  return steps.reduce((best, each, i) => (Math.abs(each - step) < Math.abs((steps[best] ?? 0) - step) ? i : best), 0)
}

/** The frames of all charts when one is moved: every chart of probed steps follows to the step that is nearest. */
export function framesWith(
  { charts }: SectionData,
  state: ViewState,
  moved: LineChart | RidgeChart,
  frame: number,
): ViewState['frames'] {
  if (moved.framed !== 'step') return { ...state.frames, [moved.id]: frame }
  const step = moved.steps[frame] ?? 0
  const frames = charts.flatMap((chart) =>
    hasFrames(chart) && chart.framed === 'step' ? [[chart.id, nearestFrame(chart.steps, step)] as const] : [],
  )
  return { ...state.frames, ...Object.fromEntries(frames), [moved.id]: frame }
}
