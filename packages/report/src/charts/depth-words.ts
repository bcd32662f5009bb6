/** A chart of gradients by depth in words, for each arm that is seen. */
import { itemAt, type Line, type LineChart, type SectionData } from './page-data.js'
import { frameOf, shownLines, type ViewState } from './view-state.js'
import { type DepthSaying, depthSaying } from './words.js'

/** The most arms that something is said of. */
export const MOST_SENTENCES = 12

/** With more arms than this the headline must do. */
const MOST_TEXTS = 4

function sayingOf(chart: LineChart, line: Line, frame: number): DepthSaying {
  const readings = line.frames[frame] ?? []
  if (readings.length === 0) return { headline: 'no probe', text: 'It was not probed at this step.' }
  const names = chart.names?.[line.x] ?? []
  return depthSaying(
    names.flatMap((name, i) => {
      const norm = readings[i] ?? null
      return norm === null ? [] : [{ name, norm }]
    }),
  )
}

/** One sentence an arm, of its first backend that is seen: where backends agree, more would only repeat it. */
export function depthWords(section: SectionData, chart: LineChart, state: ViewState) {
  const frame = frameOf(chart, state)
  const armOf = (line: Line): number => itemAt(section.series, line.series).arm
  const lines = shownLines(section, chart, state)
  const firsts = lines.filter((line, i) => lines.findIndex((other) => armOf(other) === armOf(line)) === i)
  return firsts.map((line) => {
    const { headline, text } = sayingOf(chart, line, frame)
    const arm = itemAt(section.arms, armOf(line))
    return { series: line.series, arm, headline, text: firsts.length > MOST_TEXTS ? '' : text }
  })
}
