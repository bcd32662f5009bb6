/** Facts on a backend for `isograd add`: the lines that will run, their needs, and the programs one after the other. */

/** A program to run, with its arguments: no shell reads them. */
export interface Step {
  readonly program: string
  readonly args: readonly string[]
}

/** The way to bring a backend here. */
export interface Addition {
  /** The lines that will be run, as the user is asked about them. */
  readonly runs: readonly string[]
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

/** npm's own program: under Windows the command of that name is a script, which only a shell could start. */
export function npmStep(args: readonly string[]): Step {
  const script = process.platform === 'win32' ? process.env['npm_execpath'] : undefined
  return script === undefined ? { program: 'npm', args } : { program: process.execPath, args: [script, ...args] }
}

/** The step that installs packages. None of them needs its install script here, and some would download from elsewhere. */
export function installStep(packages: readonly string[]): Step {
  return npmStep(['install', '--ignore-scripts', '--no-audit', '--no-fund', ...packages])
}
