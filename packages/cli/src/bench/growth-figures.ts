/** Growth as text: a bar for each size on a logarithmic scale, so that a power law is a straight edge. */
import { type Look } from '../look.js'
import { bar } from '../report/depth-figure.js'
import { heading, wrap } from '../report/layout.js'
import { formatCount } from '../report/numbers.js'
import type { GrowthBench, GrowthDocument, MemoryBench } from './document.js'
import { formatThree } from './figures.js'
import { headLines, missingLines } from './report.js'

const BAR_WIDTH = 40
const SIZE_WIDTH = 11
const VALUE_WIDTH = 12

/** Where a value lies between the least and the most of all, both above zero, on a logarithmic scale. */
export function logarithmicPlace(value: number, values: readonly number[]): number {
  const [low, high] = [Math.log(Math.min(...values)), Math.log(Math.max(...values))]
  return high === low ? 1 : (Math.log(value) - low) / (high - low)
}

function plot(look: Look, points: readonly (readonly [label: string, value: number, text: string])[]): string[] {
  const values = points.map(([, value]) => value)
  return points.map(([label, value, text]) => {
    const drawn = bar(look, logarithmicPlace(value, values), BAR_WIDTH)
    return `  ${label.padStart(SIZE_WIDTH)} ${text.padStart(VALUE_WIDTH)}  ${drawn}`.trimEnd()
  })
}

function sentence(look: Look, text: string): string[] {
  return wrap({ ...look, width: look.width - 2 }, text, 0).map((line) => `  ${line}`)
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

function growthLines(look: Look, growth: GrowthBench): string[] {
  const points = growth.points.map(({ size, stepSeconds }): [string, number, string] => [
    formatCount(size),
    stepSeconds.median,
    `${formatThree(1000 * stepSeconds.median)} ms`,
  ])
  return [
    heading(look, `${growth.backend}: a step against ${growth.dimension}, ${growth.network}`),
    '',
    ...plot(look, points),
    '',
    ...sentence(look, growthSentence(growth)),
    '',
  ]
}

function memoryLines(look: Look, memory: MemoryBench): string[] {
  const points = memory.points.map(({ rows, peakBytes }): [string, number, string] => [
    formatCount(rows),
    peakBytes,
    `${formatCount(peakBytes / 1e6)} MB`,
  ])
  return [
    heading(look, `${memory.backend}: memory against rows`),
    '',
    ...plot(look, points),
    '',
    ...sentence(look, memorySentence(memory)),
    '',
  ]
}

/** The plots of a document, without what is said of the machine. */
export function growthPlots(look: Look, { growth, memory }: GrowthDocument): string[] {
  return [...growth.flatMap((one) => growthLines(look, one)), ...memory.flatMap((one) => memoryLines(look, one))]
}

/** The report. */
export function growthReport(look: Look, document: GrowthDocument): string {
  const lines = [...headLines(look, document), ...growthPlots(look, document), ...missingLines(look, document)]
  return `${lines.join('\n').trimEnd()}\n`
}
