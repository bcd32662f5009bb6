/** The pages are written for readers whose first language is another: half of the sentences of each have at most 20 words. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const docs = new URL('../../docs/', import.meta.url)

/** The paragraphs and items of lists of a page: no code, tables, headings or pictures. */
function passages(text: string): string[] {
  const prose = text.replaceAll(/^```[^]*?^```/gm, '\n\n').split(/\n\s*\n/)
  return prose
    .filter((block) => !/^\s*(?:[|#<]|!\[)/.test(block))
    .flatMap((block) => block.split(/\n(?=\s*(?:[-*]|\d+\.)\s)/))
    .map((passage) => passage.replace(/^\s*(?:[-*]|\d+\.)\s+/, '').replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1'))
}

/** Words of each sentence; fewer than three are none. */
function lengths(text: string): number[] {
  const sentences = passages(text).flatMap((passage) => passage.split(/(?<=[.?!])\s+(?=[A-Z`[*"(0-9])/))
  return sentences.map((sentence) => sentence.split(/\s+/).filter((word) => word !== '').length).filter((n) => n >= 3)
}

function median(values: readonly number[]): number {
  return Number(values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)])
}

/** Pages of which a median says something. */
const pages = readdirSync(docs)
  .filter((name) => name.endsWith('.md'))
  .map((name) => ({ name, words: lengths(readFileSync(new URL(name, docs), 'utf8')) }))
  .filter(({ words }) => words.length >= 20)

it.each(pages)('$name has short sentences', ({ words }) => {
  expect(median(words)).toBeLessThanOrEqual(20)
})
