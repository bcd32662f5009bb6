/** Runs the built command as its users do: a process of its own, with a terminal's environment scrubbed off. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { requireSchema } from './json-schemas.js'

/** Path of the executable. */
export const bin: string = fileURLToPath(new URL('../bin/isograd.js', import.meta.url))

/** Path of a fixture. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))
}

/** What a process left. */
export interface Outcome {
  readonly status: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

/** How to start one. */
export interface StartOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

const inherited = ['PATH', 'HOME', 'SystemRoot', 'TEMP', 'TMPDIR'] as const

function environment(extra: Readonly<Record<string, string>>): Record<string, string> {
  const kept = inherited.flatMap((name): [string, string][] => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value]]
  })
  return { ...Object.fromEntries(kept), LANG: 'C.UTF-8', ...extra }
}

/** Starts the command. */
export function start(args: readonly string[], { cwd, env = {} }: StartOptions = {}): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [bin, ...args], { env: environment(env), ...(cwd === undefined ? {} : { cwd }) })
}

/** Gathers what a process prints until it ends. */
export function outcomeOf(child: ChildProcessWithoutNullStreams): Promise<Outcome> {
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status, signal) => resolve({ status, signal, stdout, stderr }))
  })
}

/** Runs the command to its end. A document of `--json` must fit its schema. */
export async function isograd(args: readonly string[], options: StartOptions = {}): Promise<Outcome> {
  const outcome = await outcomeOf(start(args, options))
  const [verb = ''] = args
  if (args.includes('--json') && outcome.stdout !== '') requireSchema(verb, outcome.stdout)
  return outcome
}

/** An empty directory that is gone at the end of the tests. */
export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'isograd-test-'))
}
