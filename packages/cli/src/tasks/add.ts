/** The task of bringing a backend here: asks, runs programs of the user's own, and tries what has come of it. */
import { spawn } from 'node:child_process'
import { BackendError, InputError } from '@isograd/core'
import { type Addition, type Step } from '../backends/addition.js'
import { additions } from '../backends/additions.js'
import { inBrowser } from '../backends/browser/name.js'
import { adviceOn, type LoadedBackend } from '../backends/load.js'
import { openBackend } from '../backends/open-backend.js'
import { probeBackend } from '../backends/probe.js'
import { placed } from '../backends/registry.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { errorOutput } from '../errors/output.js'
import { printResult } from '../terminal/print-result.js'

/** The options of `add` as they are read from the command line. */
export interface AddOptions {
  readonly yes?: boolean
  readonly json?: boolean
}

/** Version of the document's form. */
export const ADD_SCHEMA = 'isograd.add/1'

/** The document that `isograd add --json` prints. */
export interface AddDocument {
  readonly schema: typeof ADD_SCHEMA
  readonly backend: string
  /** Versions of its runtime, by the name of the package. */
  readonly versions: Readonly<Record<string, string>>
  /** True where it was there before. */
  readonly wasThere: boolean
}

/** Seconds in which a backend that is to be tried must come up. */
const PATIENCE = 60

/** The info of a backend, tried where it belongs; the reason where it does not work, with a cure. */
async function tried(name: string): Promise<LoadedBackend['backend']['info'] | string> {
  const loaded = await openBackend(name, { options: {}, timeoutSeconds: PATIENCE, note: () => {} })
  if (!loaded.ok) return `${loaded.reason}\n  ${loaded.cure}`
  const { backend } = loaded
  try {
    const problem = await probeBackend(backend)
    return problem ?? backend.info
  } finally {
    await backend.dispose()
  }
}

function workingText(name: string, versions: AddDocument['versions']): string {
  const parts = Object.entries(versions).map(([part, version]) => `${part} ${version}`)
  return `${name} works: ${parts.join(', ')}`
}

function planText(name: string, { runs, takes }: Addition): string {
  return [
    `To add ${name}, this is run in ${process.cwd()}:`,
    ...runs(process.cwd()).map((line) => `  ${line}`),
    `It takes ${takes}.`,
    '',
  ].join('\n')
}

/** @throws InputError where nobody agrees. */
async function requireConsent({ yes = false }: AddOptions): Promise<void> {
  if (yes) return
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new InputError('isograd', '--yes: expected it where there is no terminal to ask on; nothing was done')
  }
  const { default: select } = await import('@inquirer/select')
  const choices = ['no', 'yes'].map((value) => ({ value, name: value }))
  // Ctrl-C is an answer too.
  const answer = await select({ message: 'Go on?', choices }).catch(() => 'no')
  if (answer !== 'yes') throw new InputError('isograd', 'add: not agreed to; nothing was done')
}

/** Runs a program; what it prints goes to standard error. @throws BackendError where it does not end well. */
function runStep(name: string, { program, args }: Step): Promise<void> {
  return new Promise((done, failed) => {
    const fail = (how: string): void => {
      const again = `see what it says above, then: npx isograd add ${name}`
      failed(
        new BackendError(
          'isograd',
          `add ${name}: ${program} ${how}\n  ${again}   (it begins again where that is needed)`,
        ),
      )
    }
    const child = spawn(program, args, { stdio: ['ignore', process.stderr, process.stderr] })
    child.on('error', ({ message }) => fail(`cannot be started: ${message}`))
    child.on('close', (status, signal) => (status === 0 ? done() : fail(`ended with ${signal ?? `status ${status}`}`)))
  })
}

/** The addition of a backend, and the name that it is tried by: of one that needs a page, that in a browser. */
function additionOf(word: string): { readonly addition: Addition; readonly name: string } {
  const { asked: name } = inBrowser(word) ?? { asked: word }
  const addition = Object.hasOwn(additions, name) ? additions[name] : undefined
  if (addition !== undefined) return { addition, name: placed(name) === name ? word : placed(name) }
  const names = Object.keys(additions)
  const { guess, cure } = adviceOn(name, names)
  throw new InputError('isograd', `add: nothing goes by "${name}"${guess}\n  To add: ${names.join(', ')}${cure}`)
}

/**
 * Adds a backend, unless it works already.
 * @throws InputError for an unknown one, for what is missing, or where nobody agrees; BackendError where a program fails, or
 * the backend still does not work.
 */
export async function add(word: string, options: AddOptions): Promise<ExitStatus> {
  const { addition, name } = additionOf(word)
  const before = await tried(name)
  const print = ({ versions }: LoadedBackend['backend']['info'], wasThere: boolean): void => {
    const document: AddDocument = { schema: ADD_SCHEMA, backend: name, versions, wasThere }
    const next = wasThere ? [] : [`  isograd run torch-mlp5 --dataset digits --backend ${name}`]
    printResult(options, document, () => [workingText(name, versions), ...next])
  }
  if (typeof before !== 'string') {
    print(before, true)
    return exitStatus.ok
  }
  const missing = addition.missing?.() ?? []
  if (missing.length > 0) throw new InputError('isograd', [`${name} cannot be added here:`, ...missing].join('\n  '))
  errorOutput.write(planText(name, addition))
  await requireConsent(options)
  // oxlint-disable-next-line no-await-in-loop -- each needs what the one before has left
  for (const step of addition.steps(process.cwd())) await runStep(name, step)
  const after = await tried(name)
  if (typeof after === 'string') throw new BackendError('isograd', `add ${name}: all was run, and yet: ${after}`)
  print(after, false)
  return exitStatus.ok
}
