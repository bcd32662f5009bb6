/** The figures of a growth: exponents, and a bar for each size on a logarithmic scale, a power law being a straight edge. */
import { bar } from '../text/bars.js'
import { heading } from '../text/layout.js'
import { formatCount } from '../text/numbers.js'
import type { TerminalStyle } from '../text/terminal-style.js'
import { type Block, type FigureTable, paragraphs, tableOf } from '../text/blocks.js'
import type { GrowthBench, GrowthDocument, MemoryBench } from './growth-document.js'
import { formatThree, headSentences, missingBlock } from './figures.js'

const BAR_WIDTH = 40
const SIZE_WIDTH = 11
const VALUE_WIDTH = 12

/** Where a value lies between the least and the most of all, both above zero, on a logarithmic scale. */
export function logarithmicPlace(value: number, values: readonly number[]): number {
  const [low, high] = [Math.log(Math.min(...values)), Math.log(Math.max(...values))]
  return high === low ? 1 : (Math.log(value) - low) / (high - low)
}

function plot(look: TerminalStyle, points: readonly PlotPoint[]): string[] {
  const values = points.map(([, value]) => value)
  return points.map(([label, value, text]) => {
    const drawn = bar(look, logarithmicPlace(value, values), BAR_WIDTH)
    return `  ${label.padStart(SIZE_WIDTH)} ${text.padStart(VALUE_WIDTH)}  ${drawn}`.trimEnd()
  })
}

/** The exponent of a growth in words. */
export function growthSentence({ fit, upperFit, points }: GrowthBench): string {
  if (points.length < 2) return 'one size alone has no exponent'
  const whole = `n^${fit.exponent.toFixed(2)} over all sizes (R^2 ${fit.determination.toFixed(3)})`
  return points.length < 4
    ? `grows as ${whole}`
    : `grows as ${whole}, n^${upperFit.exponent.toFixed(2)} at the upper end`
}

/** The growth of memory in words. */
export function memorySentence({ copies, rowBytes, fit, points }: MemoryBench): string {
  if (points.length < 2) return 'one size alone has no slope'
  const base = `${formatCount(fit.intercept / 1e6)} MB and ${formatThree(fit.slope)} bytes a row`
  return `${base}: a row has ${formatCount(rowBytes)}, so the data set is there ${copies.toFixed(2)} times (R^2 ${fit.determination.toFixed(4)})`
}

/** A size, the value there, and the value as text. */
type PlotPoint = readonly [label: string, value: number, text: string]

interface Figure {
  readonly title: string
  readonly points: readonly PlotPoint[]
  readonly sentence: string
}

function growthFigure(growth: GrowthBench): Figure {
  const { backend, dimension, network, points } = growth
  return {
    title: `${backend}: a step against ${dimension}, ${network}`,
    points: points.map(({ size, stepSeconds: { median } }) => [
      formatCount(size),
      median,
      `${formatThree(1000 * median)} ms`,
    ]),
    sentence: growthSentence(growth),
  }
}

function memoryFigure(memory: MemoryBench): Figure {
  return {
    title: `${memory.backend}: memory against rows`,
    points: memory.points.map(({ rows, peakBytes }) => [
      formatCount(rows),
      peakBytes,
      `${formatCount(peakBytes / 1e6)} MB`,
    ]),
    sentence: memorySentence(memory),
  }
}

function figureLines(look: TerminalStyle, { title, points, sentence }: Figure): string[] {
  return [heading(look, title), '', ...plot(look, points), '', ...paragraphs(look, [sentence])]
}

function sizesText({ points }: GrowthBench): string {
  const ends = [...points.slice(0, 1), ...points.slice(-1)]
  return ends.map(({ size }) => formatCount(size)).join(' to ')
}

function exponentTable({ growth }: GrowthDocument): FigureTable {
  return tableOf(growth, [
    ['backend', ({ backend }) => backend],
    ['n', ({ dimension }) => dimension],
    ['network', ({ network }) => network],
    ['sizes', sizesText],
    ['exponent', ({ fit }) => fit.exponent.toFixed(2)],
    ['at the upper end', ({ upperFit }) => upperFit.exponent.toFixed(2)],
    ['R^2', ({ fit }) => fit.determination.toFixed(3)],
  ])
}

function memoryTable({ memory }: GrowthDocument): FigureTable {
  const largest = memory.flatMap(({ points, ...one }) => points.slice(-1).map((point) => ({ ...one, ...point })))
  return tableOf(largest, [
    ['backend', ({ backend }) => backend],
    ['rows', ({ rows }) => formatCount(rows)],
    ['MB', ({ peakBytes }) => formatCount(peakBytes / 1e6)],
    ['bytes a row', ({ fit }) => formatThree(fit.slope)],
    ['times the data set', ({ copies }) => copies.toFixed(2)],
  ])
}

/** The report of a growth. */
export function growthBlocks(document: GrowthDocument): Block[] {
  const figures = [...document.growth.map(growthFigure), ...document.memory.map(memoryFigure)]
  const drawing = (look: TerminalStyle): string[] =>
    figures.flatMap((figure, i) => [...(i === 0 ? [] : ['']), ...figureLines(look, figure)])
  return [
    { sentences: headSentences(document) },
    { table: exponentTable(document), wide: true },
    { table: memoryTable(document), wide: true },
    { drawing },
    missingBlock(document),
  ]
}
