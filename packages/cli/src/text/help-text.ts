/** The texts of a help, which their authors wrote in lines of any length, within the width of a terminal. */
import { wrap } from './layout.js'

const WIDTH = 80

/** Lines that are one sentence or one entry of a list: those after the first stand at its column. */
interface Passage {
  readonly label: string
  readonly lines: string[]
}

const indentOf = (line: string): number => line.length - line.trimStart().length

/** `ops    every operation`: a word, or a few, and a column beside it. */
const ENTRY = /^ *\S+(?: \S+)* {2,}(?=\S)/

function passagesOf(text: string): Passage[] {
  const passages: Passage[] = []
  for (const line of text.split('\n')) {
    const [label] = ENTRY.exec(line) ?? []
    const last = passages.at(-1)
    const goesOn = label === undefined && line !== '' && last?.lines[0] !== '' && last?.label.length === indentOf(line)
    if (last !== undefined && goesOn) last.lines.push(line)
    else passages.push({ label: label ?? ' '.repeat(indentOf(line)), lines: [line] })
  }
  return passages
}

/** A passage whose lines all fit stays as it was written. */
function fitted({ label, lines }: Passage): string[] {
  if (lines.every(({ length }) => length <= WIDTH)) return lines
  const text = lines.map((line, i) => (i === 0 ? line.slice(label.length) : line.trim())).join(' ')
  return wrap({ width: WIDTH }, text, label.length).map((line, i) => (i === 0 ? `${label}${line}` : line))
}

/** The text with no line that is wider than a terminal; a command that is would be broken, so it must not be. */
export function helpText(text: string): string {
  return passagesOf(text).flatMap(fitted).join('\n')
}
