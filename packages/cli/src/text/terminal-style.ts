/**
 * The style of output on a stream: colours, line-drawing characters, width. Decided once for each stream, from the
 * stream and the environment; nothing else asks if something is a terminal.
 */
import { styleText } from 'node:util'

/** The abilities of a stream. */
export interface TerminalStyle {
  readonly terminal: boolean
  readonly color: boolean
  readonly unicode: boolean
  /** Columns that lines may take. */
  readonly width: number
}

/** The properties of a stream that decide. */
export interface StreamProperties {
  readonly isTTY?: boolean
  readonly columns?: number
}

/** Formats of `styleText` in use. */
export type Format = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

type Environment = Readonly<Record<string, string | undefined>>

const WIDTH = 80

/** NO_COLOR (no-color.org) wins over FORCE_COLOR, and that over the kind of stream. */
function wantsColor(stream: StreamProperties, env: Environment): boolean {
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false
  const force = env['FORCE_COLOR']
  if (force !== undefined) return force !== '0' && force !== 'false'
  return stream.isTTY === true && env['TERM'] !== 'dumb'
}

/** True where the locale has Unicode; on Windows, which has no locale, in its newer terminals. */
function knowsUnicode(env: Environment): boolean {
  if (process.platform === 'win32') return env['WT_SESSION'] !== undefined || env['TERM_PROGRAM'] === 'vscode'
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
  return /utf-?8/i.test(locale)
}

/** The style of a stream; `ascii` forgoes all but ASCII. */
export function styleOf(stream: StreamProperties, env: Environment, ascii = false): TerminalStyle {
  return {
    terminal: stream.isTTY === true && env['TERM'] !== 'dumb',
    color: wantsColor(stream, env),
    unicode: !ascii && knowsUnicode(env),
    width: WIDTH,
  }
}

/** Text in a format, where the style has colours. */
export function paint(style: TerminalStyle, format: Format | readonly Format[], text: string): string {
  // The decision is made: styleText must not make another from its own idea of the stream.
  return style.color && text !== '' ? styleText([format].flat(), text, { validateStream: false }) : text
}

const symbolSets = {
  unicode: {
    rule: '─',
    ok: '✓',
    bad: '✗',
    ellipsis: '…',
    plusMinus: '±',
    bar: '█',
    track: '░',
    slivers: ' ▏▎▍▌▋▊▉',
    levels: ' ▁▂▃▄▅▆▇█',
  },
  ascii: {
    rule: '-',
    ok: 'ok',
    bad: 'NO',
    ellipsis: '...',
    plusMinus: '+-',
    bar: '#',
    track: '.',
    slivers: ' ',
    levels: ' .:=#',
  },
} as const

/** The characters of a look. */
export function symbols(style: TerminalStyle): (typeof symbolSets)['unicode' | 'ascii'] {
  return symbolSets[style.unicode ? 'unicode' : 'ascii']
}

/** Text from outside, without characters that would steer a terminal. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is removed
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ')
}
