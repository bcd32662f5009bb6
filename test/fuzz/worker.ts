/**
 * The process that reads damaged inputs one after the other: `worker.mjs SEED FIRST COUNT REPORT`. It tells where it is
 * by a number in the file REPORT.at, so that whoever started it knows at which input it hung or died.
 */
import {
  appendFileSync,
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Choices } from './random.js'
import { fuzzTargets, type Target } from './targets.js'

const [seed = 0, first = 0, count = 0] = process.argv.slice(2, 5).map(Number)
const [report = 'report'] = process.argv.slice(5)

/** Errors that say that the input is at fault. */
const DELIBERATE = /^(?:InputError|ExperimentError|FieldError|ProgramError|DownloadError)$/
const MOST_SECONDS = 2
const MOST_BYTES = 512 * 2 ** 20
const LONGEST_MESSAGE = 50_000

const wheel = Object.entries(fuzzTargets).flatMap(([name, target]): [string, Target][] =>
  Array.from({ length: 4 * target.weight }, () => [name, target]),
)

let at = first
let current = ''

function fault(kind: string, what: string): void {
  appendFileSync(
    `${report}.faults`,
    `${JSON.stringify({ kind, target: current, seed, index: at, what: what.slice(0, 2000) })}\n`,
  )
}

const told = new Map<string, { parsed: number; refused: number }>()

function sumsOf(name: string): { parsed: number; refused: number } {
  const sums = told.get(name) ?? { parsed: 0, refused: 0 }
  told.set(name, sums)
  return sums
}

function judgeError(error: unknown): void {
  if (!(error instanceof Error) || !DELIBERATE.test(error.name)) {
    fault('crash', error instanceof Error ? String(error.stack) : `threw ${String(error)}`)
  } else if (error.message.length > LONGEST_MESSAGE) fault('message', `${error.message.length} characters`)
  else if (/\[object |undefined\b.*is not|internal: /.test(error.message)) fault('message', error.message)
}

async function readOne([name, target]: [string, Target], directory: string): Promise<void> {
  current = name
  const input = target.make(new Choices(seed, at))
  const [cpu, peak] = [process.cpuUsage(), process.resourceUsage().maxRSS]
  try {
    await target.read(input, { directory })
    sumsOf(name).parsed++
  } catch (error) {
    sumsOf(name).refused++
    judgeError(error)
  }
  const spent = process.cpuUsage(cpu)
  const seconds = (spent.user + spent.system) / 1e6
  if (seconds > MOST_SECONDS) fault('slow', `${seconds.toFixed(1)} s for ${input.length} of input`)
  const grown = 1024 * (process.resourceUsage().maxRSS - peak)
  if (grown > MOST_BYTES + input.length)
    fault('memory', `${Math.round(grown / 2 ** 20)} MiB for ${input.length} of input`)
}

async function run(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'isograd-fuzz-'))
  process.chdir(directory)
  const place = openSync(`${report}.at`, 'w')
  const number = new Uint8Array(8)
  const view = new DataView(number.buffer)
  // What the command prints is of no interest here.
  process.stdout.write = () => true
  process.stderr.write = () => true
  for (; at < first + count; at++) {
    view.setFloat64(0, at)
    writeSync(place, number, 0, 8, 0)
    const one = wheel[at % wheel.length]
    // oxlint-disable-next-line no-await-in-loop -- one after the other, so that a fault is of one
    if (one !== undefined) await readOne(one, directory)
    const left = readdirSync(directory)
    if (left.length > 0) {
      fault('files', left.join(', '))
      for (const name of left) rmSync(join(directory, name), { recursive: true, force: true })
    }
  }
  closeSync(place)
  process.chdir(tmpdir())
  rmSync(directory, { recursive: true, force: true })
  writeFileSync(`${report}.counts`, JSON.stringify(Object.fromEntries(told)))
}

process.on('uncaughtException', (error) => fault('crash', `outside of the call: ${String(error.stack)}`))
await run()
