/**
 * The style of output on a stream: colours, line-drawing characters, width. Decided once for each stream, from the
 * stream and the environment; nothing else asks if something is a terminal.
 */
import { styleText } from 'node:util'
import { visible } from '@isograd/core/text'

/** The abilities of a stream. */
export interface TerminalStyle {
  readonly terminal: boolean
  readonly color: boolean
  readonly unicode: boolean
  /** Columns that lines may take. */
  readonly width: number
  /** Stands before sequences of the command's own on the way to a stream that lets no others through. */
  readonly mark?: string
}

/** The properties of a stream that decide. */
export interface StreamProperties {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly mark?: string
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
    ...(stream.mark !== undefined && { mark: stream.mark }),
  }
}

/** A sequence of the command's own, such as of a colour, for a stream that lets no others through. */
export function sequence({ mark = '' }: Pick<TerminalStyle, 'mark'>, text: string): string {
  return `${mark}${text}`
}

/** Text in a format, where the style has colours. */
export function paint(style: TerminalStyle, format: Format | readonly Format[], text: string): string {
  if (!style.color || text === '') return text
  return [format].flat().reduceRight((inner, each) => {
    // The decision is made: styleText must not make another from its own idea of the stream.
    const [open = '', close = ''] = styleText(each, ' ', { validateStream: false }).split(' ')
    return `${sequence(style, open)}${inner}${sequence(style, close)}`
  }, text)
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

/** Text from outside in one line: characters that would steer a terminal are shown. */
export function printable(text: string): string {
  return visible(text)
}
