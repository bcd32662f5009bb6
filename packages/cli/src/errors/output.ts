/**
 * Standard output and standard error: all that the command prints goes through here. Control characters, and words that
 * a CI service would take for its commands, come out as visible text, whoever they are from; the command's own
 * sequences bear a mark that nothing from outside can know.
 */
import { randomBytes } from 'node:crypto'
import { visible } from '@isograd/core/text'

const MARK = `\u0000${randomBytes(8).toString('hex')}\u0000`

/** Sequences that are let through behind the mark: colours, movements of the cursor, commands of a workflow. */
// oxlint-disable-next-line no-control-regex -- the sequences that the command itself writes
const OWN = new RegExp(`${MARK}(\u001b\\[[0-9;]*[A-Za-z]|\r|::)`)

/** Prefixes of commands of GitHub (the second anywhere in a line), Azure and TeamCity. */
const COMMANDS = /((?:^|\n)[^\S\n]*):(?=:)|#(?=#\[|#vso\[|#teamcity\[)/g

function harmless(text: string): string {
  const shown = visible(text, /[\n\t]/)
  return shown.replace(COMMANDS, (found, indent?: string) => (indent === undefined ? '\\u0023' : `${indent}\\u003a`))
}

/** Text as it is printed: own sequences as they are, all else harmless. */
export function printed(text: string): string {
  // The split keeps what the parentheses match, at odd places.
  return text
    .split(OWN)
    .map((part, i) => (i % 2 === 1 ? part : harmless(part)))
    .join('')
}

/** One of the two streams. */
class Output {
  readonly mark = MARK
  readonly #stream: () => NodeJS.WriteStream

  constructor(stream: () => NodeJS.WriteStream) {
    this.#stream = stream
  }

  get isTTY(): boolean {
    return this.#stream().isTTY
  }

  get columns(): number {
    return this.#stream().columns
  }

  get rows(): number {
    return this.#stream().rows
  }

  write(text: string): void {
    this.#stream().write(printed(text))
  }
}

/** Standard output. */
export const output = new Output(() => process.stdout)

/** Standard error. */
export const errorOutput = new Output(() => process.stderr)
