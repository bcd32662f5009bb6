/**
 * The command: parses the line, loads the one verb that is called, and turns every error into a message and an exit
 * status. Nothing heavy is imported here, so that `isograd --version` and a mistyped option answer at once.
 */
import { format } from 'node:util'
import { Command, CommanderError } from 'commander'
import { type ExitStatus, exitStatus } from './errors/exit-status.js'
import { failureOf } from './errors/failure.js'
import { keepNohup } from './errors/nohup.js'
import { statusOfOutput, watchReader } from './errors/reader.js'
import { paint, styleOf } from './text/terminal-style.js'
import { type ListedVerb, verbs, verbsElsewhere } from './verbs.js'
import { closing, description, firstSteps } from './about.js'
import { globalFlags, takeGlobalFlags } from './input/global-flags.js'
import { version } from './version.js'
import { errorOutput, output } from './errors/output.js'

/** Verbs that other tools have are near to ours by meaning, and to others of ours by letters. @throws CommanderError */
function refuseVerbElsewhere(program: Command, called = ''): void {
  if (!Object.hasOwn(verbsElsewhere, called)) return
  program.error(`error: unknown command '${called}'\n(Did you mean ${verbsElsewhere[called]}?)`)
}

/** @throws CommanderError for the help of a command that is not there. */
async function refuseHelpOfNone(program: Command, [first, called]: readonly string[]): Promise<void> {
  if (first !== 'help' || called === undefined || called === 'help' || Object.hasOwn(verbs, called)) return
  const { nearest } = await import('@isograd/core/node')
  const near = nearest(called, Object.keys(verbs))
  program.error(`error: unknown command '${called}'${near === undefined ? '' : `\n(Did you mean ${near}?)`}`)
}

/** @throws CommanderError for a word with one behind it, where a command of its verb that takes one is near. */
async function refuseMisspelt(program: Command, [verb, word = '', next = '-']: readonly string[]): Promise<void> {
  const nested = program.commands.find((command) => command.name() === verb)?.commands.map((inner) => inner.name())
  if (nested === undefined || nested.length === 0 || nested.includes(word) || next.startsWith('-')) return
  const { nearest } = await import('@isograd/core/node')
  const near = nearest(word, nested)
  if (near !== undefined) program.error(`error: unknown command '${verb} ${word}'\n(Did you mean ${verb} ${near}?)`)
}

/** The verb that a command line calls, `help run` included. */
function calledVerb(argv: readonly string[]): string | undefined {
  const words = argv.filter((word) => !word.startsWith('-'))
  return words[0] === 'help' ? words[1] : words[0]
}

/** The help that tells what a refused command line should be; nothing where the refusal says it. */
function helpHint(text: string, called = ''): string {
  if (text.includes('\n(')) return ''
  return Object.hasOwn(verbs, called)
    ? `(isograd ${called} --help shows examples and all options)\n`
    : '(isograd --help lists all commands)\n'
}

async function declareCalled(
  command: Command,
  { load }: ListedVerb,
  finish: (status: ExitStatus) => void,
): Promise<void> {
  const [{ verb }, { declareVerb }, { helpText }] = await Promise.all([
    load(),
    import('./input/options.js'),
    import('./text/help-text.js'),
  ])
  declareVerb(command, verb, { finish, fit: helpText })
}

async function buildCommand(argv: readonly string[], finish: (status: ExitStatus) => void): Promise<Command> {
  const program = new Command('isograd')
    .description(description)
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', closing)
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.write(text),
      writeErr: (text) => errorOutput.write(text),
      outputError: (text) =>
        writeError(`${text.replace(/^error: /, 'error: [isograd] ')}${helpHint(text, calledVerb(argv))}`),
    })
  for (const { flags, description: about } of Object.values(globalFlags)) program.option(flags, about)
  const called = calledVerb(argv)
  for (const [name, listed] of Object.entries(verbs)) {
    const command = program.command(name).description(listed.summary).helpOption('-h, --help', 'print this help')
    // oxlint-disable-next-line no-await-in-loop -- one verb is loaded at most
    if (name === called) await declareCalled(command, listed, finish)
  }
  return program
}

function writeError(text: string): void {
  const style = styleOf(errorOutput, process.env)
  errorOutput.write(text.replace(/^error:/, paint(style, ['bold', 'red'], 'error:')))
}

function reportFailure(error: unknown): ExitStatus {
  // Commander has printed its own message; help and version come this way too, with status 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitStatus.ok : exitStatus.input
  const { status, text } = failureOf(error)
  writeError(`${text}\n`)
  return status
}

/** Runs a command line, without `node` and the script's name, and returns the exit status. Never throws. */
export async function main(line: readonly string[]): Promise<ExitStatus> {
  const argv = takeGlobalFlags(line)
  let status: ExitStatus = exitStatus.ok
  if (argv.length === 0) {
    output.write(firstSteps)
    return status
  }
  try {
    const program = await buildCommand(argv, (result) => {
      status = result
    })
    refuseVerbElsewhere(program, calledVerb(argv))
    await refuseHelpOfNone(program, argv)
    await refuseMisspelt(program, argv)
    await program.parseAsync(argv, { from: 'user' })
    return status
  } catch (error) {
    return reportFailure(error)
  }
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve())
  })
}

/** An error that an adapter throws outside of any call is reported like every other. */
function endOnStrayErrors(): void {
  process.on('uncaughtException', (error) => {
    process.exit(reportFailure(error))
  })
}

/** Status of Node for a process with nothing left to wait for, though it waits. */
const UNSETTLED = 13

/** A status that says success, or nothing, comes of the command's own end alone. @returns the call that marks it. */
function refuseOtherEnds(): () => void {
  let isOver = false
  process.on('exit', (status) => {
    if (isOver || (status !== exitStatus.ok && status !== UNSETTLED)) return
    process.exitCode = exitStatus.backend
    const how = status === UNSETTLED ? 'waits for something that never comes' : 'has ended the process'
    errorOutput.write(`error: [isograd] a backend or a module that was loaded ${how}; nothing can be said\n`)
  })
  return () => {
    isOver = true
  }
}

/** Standard output is for the results of the command: modules that print get standard error, as text that is harmless. */
function keepOutputClean(): void {
  for (const method of ['log', 'info', 'debug', 'warn', 'error'] as const) {
    console[method] = (...values: readonly unknown[]) => errorOutput.write(`${format(...values)}\n`)
  }
}

/** Runs a command line and ends the process with its status, whatever an adapter may have left running. */
export async function runToExit(line: readonly string[]): Promise<void> {
  const argv = takeGlobalFlags(line)
  keepNohup()
  if (verbs[calledVerb(argv) ?? '']?.computes === true) {
    const { isSupervised, supervise } = await import('./supervise.js')
    if (!isSupervised()) return supervise(argv)
  }
  watchReader()
  endOnStrayErrors()
  keepOutputClean()
  const end = refuseOtherEnds()
  const status = await main(argv)
  await Promise.all([flushed(process.stdout), flushed(process.stderr)])
  end()
  process.exit(statusOfOutput(status))
}
