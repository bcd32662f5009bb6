/**
 * A section of a Markdown file: what stands between two marks is replaced, what stands around them stays. A file
 * that is empty or absent becomes the section with its marks; one without both of them stays as it is.
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

/** The text of a file with a section put in between its marks. @throws InputError for a file that has something else. */
export function placeSection(file: string, section: string, text: string): string {
  const [begin, end] = [`<!-- isograd bench: ${section} -->`, `<!-- end of ${section} -->`]
  const [from, to] = [file.indexOf(begin), file.indexOf(end)]
  if (file.trim() === '') return `${begin}\n\n${text}\n${end}\n`
  if (from < 0 || to < from) {
    const second = to < 0 ? 'neither' : 'the second alone'
    const got = from < 0 ? second : 'the first alone, or behind it'
    throw new InputError(
      'isograd',
      `--markdown: expected ${begin} and then ${end} in the file, got ${got}; write both where the tables belong, or name a new file`,
    )
  }
  return `${file.slice(0, from + begin.length)}\n\n${text}\n${file.slice(to)}`
}

function textOf(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

/** A section that a file must have a place for, before anything is measured. @throws InputError */
export function requireSection(markdown: string | undefined, usual: string): void {
  if (markdown === undefined) return
  const [path, section] = sectionPlace(markdown, usual)
  placeSection(textOf(path), section, '')
}

/** Writes a section to a file. @throws InputError when it cannot be read or written. */
export function writeSection(path: string, section: string, text: string): void {
  try {
    writeAtomically(path, placeSection(textOf(path), section, text))
  } catch (error) {
    if (error instanceof InputError) throw error
    throw new InputError('isograd', `--markdown: ${path} cannot be written: ${messageOf(error)}`, { cause: error })
  }
}
