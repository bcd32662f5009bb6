/**
 * A section of a Markdown file: what stands between two marks is replaced, what stands around them stays. A file without
 * the marks, or none, becomes the section alone; one with half of them stays as it is.
 */
import { existsSync, readFileSync } from 'node:fs'
import { InputError } from '@isograd/core'
import { writeAtomically } from '@isograd/core/node'
import { messageOf } from '../errors/failure.js'

/** The file and the name of a section, from `FILE` or `FILE.md#NAME`. @param usual the name where none is given. */
export function sectionPlace(text: string, usual: string): readonly [path: string, section: string] {
  const [, path = text, section = usual] = /^(.+\.md)#([\w-]+)$/i.exec(text) ?? []
  return [path, section]
}

/** The text of a file with a section put in between its marks; the section alone where there are none. @throws InputError */
export function placeSection(file: string, section: string, text: string): string {
  const [begin, end] = [`<!-- isograd bench: ${section} -->`, `<!-- end of ${section} -->`]
  const [from, to] = [file.indexOf(begin), file.indexOf(end)]
  if (from < 0 && to < 0) return text
  if (from < 0 || to < from) {
    const wanted = `expected ${begin} and then ${end}, got ${from < 0 ? 'the second alone' : 'the first alone, or behind it'}`
    throw new InputError('isograd', `--markdown: ${wanted}; write both into the file, or neither`)
  }
  return `${file.slice(0, from + begin.length)}\n\n${text}\n${file.slice(to)}`
}

/** Writes a section to a file. @throws InputError when it cannot be read or written. */
export function writeSection(path: string, section: string, text: string): void {
  try {
    const before = existsSync(path) ? readFileSync(path, 'utf8') : ''
    writeAtomically(path, placeSection(before, section, text))
  } catch (error) {
    if (error instanceof InputError) throw error
    throw new InputError('isograd', `--markdown: ${path} cannot be written: ${messageOf(error)}`, { cause: error })
  }
}
