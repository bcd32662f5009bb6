/** A gradient by depth in words: the decades that each layer costs, and what is left for the first. */
import type { Line, LineChart, SectionData } from './page-data.js'
import { itemAt, seriesName } from './series-names.js'
import { frameOf, shownLines, type ViewState } from './view-state.js'

/** A layer's name with the norm of its gradient. */
export interface LayerNorm {
  readonly name: string
  readonly norm: number
}

/** A factor as people say it: 3.1, 47, 1,600, 2.5 million, 4e12. */
export function factorText(factor: number): string {
  if (factor < 10) return factor.toPrecision(2)
  if (factor < 1e6) return Number(factor.toPrecision(2)).toLocaleString('en-US')
  const [size, name] = factor < 1e9 ? [1e6, 'million'] : [1e9, 'billion']
  return factor < 1e12 ? `${Number((factor / size).toPrecision(2))} ${name}` : factor.toExponential(0).replace('+', '')
}

/** The words for a gradient by depth. */
export interface DepthSaying {
  /** `0.58 decades lost per layer` */
  readonly headline: string
  /** A whole sentence. */
  readonly text: string
}

function lossSaying(first: LayerNorm, last: LayerNorm, decades: number, perLayer: number): DepthSaying {
  if (Math.abs(decades) < Math.log10(2)) {
    const share = `The gradient of ${first.name} is ${(10 ** -decades).toFixed(2)} times that of ${last.name}.`
    return { headline: 'kept within a factor of 2', text: share }
  }
  const rate = `${Math.abs(perLayer).toFixed(2)} decades`
  const factor = factorText(10 ** Math.abs(decades))
  const [change, than] = decades > 0 ? ['lost', 'smaller'] : ['gained', 'larger']
  return {
    headline: `${rate} ${change} per layer`,
    text: `The gradient of ${first.name} is ${factor} times ${than} than that of ${last.name}.`,
  }
}

/** The words for the norms of the layers that depth is judged by, first to last. */
export function depthSaying(layers: readonly LayerNorm[]): DepthSaying {
  const [first, last] = [layers[0], layers.at(-1)]
  if (first === undefined || last === undefined || first === last) {
    return { headline: 'no depth', text: 'There are too few layers to judge it by.' }
  }
  if (!Number.isFinite(first.norm) || !Number.isFinite(last.norm)) {
    return {
      headline: 'not a number',
      text: `The gradient of ${first.name} or of ${last.name} is not a finite number.`,
    }
  }
  if (last.norm === 0)
    return { headline: 'no gradient', text: `That of the last layer, ${last.name}, is exactly zero.` }
  if (first.norm === 0) return { headline: 'all of it lost', text: `The gradient of ${first.name} is exactly zero.` }
  const decades = Math.log10(last.norm) - Math.log10(first.norm)
  return lossSaying(first, last, decades, decades / (layers.length - 1))
}

/** The most sentences that are shown. */
export const MOST_SENTENCES = 12

/** With more sentences than this the headline must do. */
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

/** One sentence an arm, of its first backend that is seen, and one of each other backend of which something else is to be said. */
export function depthWords(section: SectionData, chart: LineChart, state: ViewState) {
  const frame = frameOf(chart, state)
  const all = shownLines(section, chart, state).map((line) => {
    const { arm } = itemAt(section.series, line.series)
    return { line, arm, ...sayingOf(chart, line, frame) }
  })
  const said = all.filter((one, i) => all.findIndex((o) => o.arm === one.arm && o.headline === one.headline) === i)
  return said.map(({ line, arm, headline, text }) => {
    const isAlone = said.filter((other) => other.arm === arm).length === 1
    const name = isAlone ? itemAt(section.arms, arm) : seriesName(section, line)
    return { series: line.series, name, headline, text: said.length > MOST_TEXTS ? '' : text }
  })
}
