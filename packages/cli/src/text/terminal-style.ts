/**
 * How output may look where it goes: colours, line-drawing characters, width. Decided once for each stream, from the
 * stream and the environment; nothing else asks whether something is a terminal.
 */
import { styleText } from 'node:util'

/** What a place can show. */
export interface Look {
  readonly terminal: boolean
  readonly color: boolean
  readonly unicode: boolean
  /** Columns that lines may take. */
  readonly width: number
}

/** What the decision is made from. */
export interface Place {
  readonly isTTY?: boolean
  readonly columns?: number
}

/** Formats of `styleText` in use. */
export type Format = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

type Environment = Readonly<Record<string, string | undefined>>

const WIDTH = 80

/** NO_COLOR (no-color.org) over FORCE_COLOR over whether it is a terminal. */
function wantsColor(place: Place, env: Environment): boolean {
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false
  const force = env['FORCE_COLOR']
  if (force !== undefined) return force !== '0' && force !== 'false'
  return place.isTTY === true && env['TERM'] !== 'dumb'
}

/** The locale says which characters there are; Windows has none, but its newer terminals know them all. */
function knowsUnicode(env: Environment): boolean {
  if (process.platform === 'win32') return env['WT_SESSION'] !== undefined || env['TERM_PROGRAM'] === 'vscode'
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
  return /utf-?8/i.test(locale)
}

/** The look of a stream; `ascii` forgoes all but ASCII. */
export function lookOf(place: Place, env: Environment, ascii = false): Look {
  return {
    terminal: place.isTTY === true && env['TERM'] !== 'dumb',
    color: wantsColor(place, env),
    unicode: !ascii && knowsUnicode(env),
    width: WIDTH,
  }
}

/** Text in a format, where the look has colours. */
export function paint(look: Look, format: Format | readonly Format[], text: string): string {
  // The decision is made: styleText must not make another from its own idea of the stream.
  return look.color && text !== '' ? styleText([format].flat(), text, { validateStream: false }) : text
}

const symbolSets = {
  unicode: {
    rule: '─',
    ok: '✓',
    bad: '✗',
    ellipsis: '…',
    bar: '█',
    track: '░',
    slivers: ' ▏▎▍▌▋▊▉',
    levels: ' ▁▂▃▄▅▆▇█',
  },
  ascii: { rule: '-', ok: 'ok', bad: 'NO', ellipsis: '...', bar: '#', track: '.', slivers: ' ', levels: ' .:=#' },
} as const

/** The characters of a look. */
export function symbols(look: Look): (typeof symbolSets)['unicode' | 'ascii'] {
  return symbolSets[look.unicode ? 'unicode' : 'ascii']
}

/** Text from outside, without characters that would steer a terminal. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is removed
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ')
}
