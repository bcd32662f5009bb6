/** Growth as Markdown: exponents as tables, and the plots as the terminal shows them. */
import { formatCount } from '../text/numbers.js'
import type { GrowthBench, GrowthDocument, MemoryBench } from './document.js'
import { type FigureTable, formatThree, headSentences, missingSentences } from './figures.js'
import { growthPlots } from './growth-report.js'
import { figureMarkdown, listMarkdown } from './markdown.js'

const plain = { terminal: false, color: false, unicode: true, width: 80 }

function growthRow({ backend, dimension, network, points, fit, upperFit }: GrowthBench): string[] {
  const range = [points[0], points.at(-1)].map((point) => (point === undefined ? '' : formatCount(point.size)))
  return [
    backend,
    dimension,
    network,
    range.join(' to '),
    fit.exponent.toFixed(2),
    upperFit.exponent.toFixed(2),
    fit.determination.toFixed(3),
  ]
}

function exponentTable({ growth }: GrowthDocument): FigureTable {
  const columns = ['backend', 'n', 'network', 'sizes', 'exponent', 'at the upper end', 'R^2']
  return { columns, rows: growth.map(growthRow) }
}

function memoryRow({ backend, points, fit, copies }: MemoryBench): string[] {
  const largest = points.at(-1)
  const peak = largest === undefined ? '' : formatCount(largest.peakBytes / 1e6)
  return [backend, formatCount(largest?.rows ?? 0), peak, formatThree(fit.slope), copies.toFixed(2)]
}

function memoryTable({ memory }: GrowthDocument): FigureTable {
  return { columns: ['backend', 'rows', 'MB', 'bytes a row', 'times the data set'], rows: memory.map(memoryRow) }
}

/** The document. */
export function growthMarkdown(document: GrowthDocument): string {
  const lines = [
    ...listMarkdown(headSentences(document)),
    ...figureMarkdown(exponentTable(document)),
    ...figureMarkdown(memoryTable(document)),
    '```text',
    ...growthPlots(plain, document),
    '```',
    '',
    ...listMarkdown(missingSentences(document)),
  ]
  return `${lines.join('\n').trimEnd()}\n`
}
