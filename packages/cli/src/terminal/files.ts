/** The files of a directory and their states, for people. */
import type { FileState } from '@isograd/core/node'
import type { FilesDocument } from '../documents/files-document.js'
import { plural, table } from '../text/layout.js'
import { type Format, paint, printable, type TerminalStyle } from '../text/terminal-style.js'

const formats: Readonly<Record<FileState, Format>> = { whole: 'green', changed: 'red', missing: 'red', unknown: 'dim' }

/** The lines of the report; the last counts. */
export function filesReport(style: TerminalStyle, { directory, files }: FilesDocument): string[] {
  const rows = files.map(({ path, state }) => [{ text: state, format: formats[state] }, printable(path)])
  const counts = Object.keys(formats).flatMap((state) => {
    const count = files.filter((file) => file.state === state).length
    return count === 0 ? [] : [`${count} ${state}`]
  })
  const lines = table(style, [{ title: 'state' }, { title: 'file' }], rows)
  const title = paint(style, 'bold', printable(directory))
  return [...lines, '', `${title}: ${plural(files.length, 'file')}: ${counts.join(', ')}`]
}
