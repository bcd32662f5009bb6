/**
 * A bench as Markdown, and its place in a file: what stands between two marks is replaced, what stands around them
 * stays. A file without the marks, or none, becomes the tables alone.
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { InputError } from '@isograd/core'
import { messageOf } from '../failure.js'
import { markdownCell } from '../report/check-markdown.js'
import { writeAtomically } from '../run/atomic-write.js'
import type { BenchDocument, PresetBench } from './document.js'
import {
  aroundTable,
  type FigureTable,
  floorSentences,
  headSentences,
  meanTable,
  missingSentences,
  overviewTable,
  presetSentence,
  ratioTable,
  startUpSentence,
  togetherSentences,
  togetherTable,
  subjectTable,
} from './figures.js'

/** Which part of a file a text is. */
export type Section = 'table' | 'growth'

/** Cells padded to the widths of their columns, as formatters of Markdown leave tables. */
function row(cells: readonly string[], widths: readonly number[]): string {
  const padded = cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
  return `| ${padded.join(' | ')} |`
}

/** A table of figures and an empty line; nothing for a table without rows. */
export function figureMarkdown({ columns, rows }: FigureTable): string[] {
  if (rows.length === 0) return []
  const [head, ...body] = [columns, ...rows].map((cells) => cells.map(markdownCell))
  if (head === undefined) return []
  const widths = head.map((title, i) => Math.max(3, title.length, ...body.map((cells) => cells[i]?.length ?? 0)))
  const rule = widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [row(head, widths), row(rule, widths), ...body.map((cells) => row(cells, widths)), '']
}

/** Sentences as a list and an empty line; nothing for none. */
export function listMarkdown(sentences: readonly string[]): string[] {
  return sentences.length === 0 ? [] : [...sentences.map((text) => `- ${markdownCell(text)}`), '']
}

function presetMarkdown(preset: PresetBench): string[] {
  return [
    `### ${markdownCell(`${preset.preset} (${preset.arm})`)}`,
    '',
    `${presetSentence(preset)}.`,
    '',
    ...figureMarkdown(subjectTable(preset)),
    ...listMarkdown(floorSentences(preset)),
    ...figureMarkdown(ratioTable(preset)),
    ...figureMarkdown(aroundTable(preset)),
  ]
}

function togetherMarkdown({ together }: BenchDocument): string[] {
  if (together.length === 0) return []
  return [
    '### Several at once',
    '',
    ...figureMarkdown(togetherTable(together)),
    ...listMarkdown(togetherSentences(together)),
  ]
}

/** The bench. */
export function benchMarkdown(document: BenchDocument): string {
  const { presets, means } = document
  const lines = [
    ...listMarkdown(headSentences(document)),
    ...presets.flatMap(presetMarkdown),
    ...(presets.length > 1 && means.length > 0
      ? [
          `### Over ${presets.length} presets`,
          '',
          'Milliseconds a step:',
          '',
          ...figureMarkdown(overviewTable(presets)),
          'Geometric means:',
          '',
          ...figureMarkdown(meanTable(means)),
        ]
      : []),
    '### Start-up',
    '',
    ...listMarkdown([startUpSentence(document.startUp)]),
    ...togetherMarkdown(document),
    ...listMarkdown(missingSentences(document)),
  ]
  return `${lines.join('\n').trimEnd()}\n`
}

/** The text of a file with a section put in between its marks; the section alone where there are none. */
export function placeSection(file: string, section: Section, text: string): string {
  const [begin, end] = [`<!-- isograd bench: ${section} -->`, `<!-- end of ${section} -->`]
  const [from, to] = [file.indexOf(begin), file.indexOf(end)]
  if (from < 0 || to < from) return text
  return `${file.slice(0, from + begin.length)}\n\n${text}\n${file.slice(to)}`
}

/** Finds out before hours of measuring that a file cannot be there. @throws InputError */
export function checkPlace(path: string): void {
  const fail = (problem: string): never => {
    throw new InputError('isograd', `--markdown: expected a file, got ${path}, ${problem}`)
  }
  if (existsSync(path) && statSync(path).isDirectory()) fail('a directory')
  if (!existsSync(dirname(path))) fail('whose directory does not exist')
}

/** Writes a section to a file. @throws InputError when it cannot be read or written. */
export function writeSection(path: string, section: Section, text: string): void {
  try {
    const before = existsSync(path) ? readFileSync(path, 'utf8') : ''
    writeAtomically(path, placeSection(before, section, text))
  } catch (error) {
    throw new InputError('isograd', `--markdown: ${path} cannot be written: ${messageOf(error)}`, { cause: error })
  }
}
