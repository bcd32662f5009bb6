/** The step that each training has come to, for the message when they are interrupted. */
import type { RunEvent } from '@isograd/core'
import type { RunDirectory } from '../documents/run-directory.js'
import { Interruption } from '../errors/interruption.js'
import { plural, wrap } from '../text/layout.js'
import { typedCommand } from '../text/typed-command.js'

/** Columns that a message takes. */
const WIDTH = 80

interface Position {
  readonly run: string
  readonly step: number
  readonly steps: number
}

/** Words in a row: `a`, `a and b`, `a, b and c`. */
function enumerate(words: readonly string[]): string {
  return [words.slice(0, -1).join(', '), ...words.slice(-1)].filter((part) => part !== '').join(' and ')
}

/** Follows trainings by name. */
export class RunPositions {
  /** In the order of the task; undefined for a run that has not begun. */
  readonly #positions = new Map<string, Position | undefined>()
  #last: Position | undefined

  /** Adds a run that has not begun. */
  add(run: string): void {
    this.#positions.set(run, undefined)
  }

  /** Takes in an event of a run. */
  update(run: string, event: RunEvent): void {
    if (event.type === 'start') this.#positions.set(run, { run, step: 0, steps: event.steps })
    const at = this.#positions.get(run)
    if (event.type === 'steps' && at !== undefined) {
      this.#positions.set(run, { ...at, step: event.first + event.losses.length })
    }
  }

  /** Removes a run that is over: on the disk, or failed. */
  remove(run: string): void {
    const at = this.#positions.get(run)
    if (at !== undefined) this.#last = at
    this.#positions.delete(run)
  }

  /** Of the runs under way; of the last one when none is. */
  #positionsNow(): Position[] {
    const underWay = [...this.#positions.values()].filter((at): at is Position => at !== undefined)
    if (underWay.length > 0 || this.#last === undefined) return underWay
    return [this.#last]
  }

  /** The way to keep a run that is interrupted; none where none was under way. */
  #hint(directory: RunDirectory | undefined): string[] {
    if (this.#positionsNow().length === 0) return []
    const place = directory === undefined ? '--out DIR and ' : ''
    return [`with ${place}--checkpoint-every STEPS a run can be resumed`]
  }

  /** The interruption with the steps at which it came, and the runs that are kept. */
  describe(error: Interruption, directory: RunDirectory | undefined, isCheckpointed: boolean): Interruption {
    const positions = this.#positionsNow()
    const steps = positions.map(({ run, step, steps: all }) => `step ${step} of ${all} (${run})`)
    const where = steps.length === 0 ? 'before training' : `after ${enumerate(steps)}`
    const left = [
      ...(directory?.used === true ? [`go on with it: ${typedCommand(`isograd resume ${directory.path}`)}`] : []),
      ...(directory === undefined || directory.saved === 0
        ? []
        : [`${plural(directory.saved, 'finished run')} in ${directory.path}`]),
    ]
    const rest = left.length === 0 ? ['nothing was written', ...(isCheckpointed ? [] : this.#hint(directory))] : left
    // A command stays on a line of its own.
    const lines = [...wrap({ width: WIDTH }, `interrupted ${where}`, 2), ...rest.map((line) => `  ${line}`)]
    return new Interruption(error.status, lines.join('\n'))
  }
}
