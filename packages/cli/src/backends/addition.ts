/** Facts on a backend for `isograd add`: the lines that will run, their needs, and the programs one after the other. */

/** A program to run, with its arguments: no shell reads them. */
export interface Step {
  readonly program: string
  readonly args: readonly string[]
}

/** The way to bring a backend here. */
export interface Addition {
  /** The lines that will be run in `directory`, as the user is asked about them. */
  readonly runs: (directory: string) => readonly string[]
  /** The size of the download and of its result. */
  readonly takes: string
  /** A sentence for each thing that is missing; none where all is there. Absent where npm is enough. */
  readonly missing?: () => readonly string[]
  /**
   * The programs to run in `directory`, in which the user is. Between two of them files are got ready, so that the next is
   * asked for when the one before has ended well. All of them may be run again, whatever was there before.
   */
  readonly steps: (directory: string) => Iterable<Step>
}
