/** A bench as text for a terminal. */
import { type Look, paint, printable } from '../look.js'
import { type Column, heading, table, wrap } from '../report/layout.js'
import type { BenchDocument, BenchHead, PresetBench } from './document.js'
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

/** A table of figures: names to the left, numbers to the right. */
export function figureLines(look: Look, { columns, rows }: FigureTable): string[] {
  const described = columns.map((title, i): Column => (i === 0 ? { title } : { title, align: 'right' }))
  return rows.length === 0 ? [] : [...table(look, described, rows), '']
}

function paragraphs(look: Look, texts: readonly string[]): string[] {
  const narrow = { ...look, width: look.width - 2 }
  return texts.flatMap((text) => wrap(narrow, printable(text), 2).map((line) => `  ${line}`))
}

/** Where and how it was measured. */
export function headLines(look: Look, head: BenchHead): string[] {
  return [...paragraphs(look, headSentences(head)), '']
}

/** What was left out and what failed; nothing when there was neither. */
export function missingLines(look: Look, head: BenchHead): string[] {
  const texts = missingSentences(head)
  return texts.length === 0 ? [] : [...paragraphs(look, texts).map((line) => paint(look, 'yellow', line)), '']
}

function presetLines(look: Look, preset: PresetBench): string[] {
  return [
    heading(look, `${preset.preset} (${preset.arm})`),
    '',
    ...paragraphs(look, [presetSentence(preset)]),
    '',
    ...figureLines(look, subjectTable(preset)),
    ...paragraphs(look, floorSentences(preset)),
    ...(preset.subjects.some(({ floor }) => floor !== undefined) ? [''] : []),
    ...figureLines(look, ratioTable(preset)),
    ...figureLines(look, aroundTable(preset)),
  ]
}

function togetherLines(look: Look, { together }: BenchDocument): string[] {
  if (together.length === 0) return []
  return [
    heading(look, 'several at once'),
    '',
    ...figureLines(look, togetherTable(together)),
    ...paragraphs(look, togetherSentences(together)),
    '',
  ]
}

/** The report. */
export function benchReport(look: Look, document: BenchDocument): string {
  const { presets, means } = document
  const lines = [
    ...headLines(look, document),
    ...presets.flatMap((preset) => presetLines(look, preset)),
    ...(presets.length > 1 && means.length > 0
      ? [
          heading(look, `over ${presets.length} presets`),
          '',
          ...figureLines(look, overviewTable(presets)),
          ...figureLines(look, meanTable(means)),
        ]
      : []),
    heading(look, 'start-up'),
    '',
    ...paragraphs(look, [startUpSentence(document.startUp)]),
    '',
    ...togetherLines(look, document),
    ...missingLines(look, document),
  ]
  return `${lines.join('\n').trimEnd()}\n`
}
