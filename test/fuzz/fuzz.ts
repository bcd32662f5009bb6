/**
 * Damaged inputs for everything that reads: each must be read or refused as the input's fault, within 2 s and 512 MiB,
 * with no file changed. The reading is done by a process of its own, which is ended and begun again behind an input at
 * which it hangs or dies.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** One input that did what no input may do; seed and index make it again. */
export interface Fault {
  readonly kind: 'crash' | 'hang' | 'slow' | 'memory' | 'message' | 'files' | 'death'
  readonly target: string
  readonly seed: number
  readonly index: number
  readonly what: string
}

/** What came of all inputs. */
export interface Outcome {
  readonly inputs: number
  readonly seconds: number
  readonly counts: Readonly<
    Record<string, { readonly parsed: number; readonly refused: number; readonly seconds: number }>
  >
  readonly faults: readonly Fault[]
}

/** Inputs of one process: memory that a library keeps is given back between two. */
const BLOCK = 20_000
/** Wall time at one input behind which a process counts as hanging, on a machine that does other things too. */
const MOST_SECONDS = 20

const root = process.env['ISOGRAD_ROOT'] ?? fileURLToPath(new URL('../..', import.meta.url))

/** The worker as one file beside the packages that it imports. */
async function bundled(): Promise<string> {
  const outfile = join(mkdtempSync(join(root, 'test/node_modules/.fuzz-')), 'worker.mjs')
  await build({
    entryPoints: [join(root, 'test/fuzz/worker.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  })
  return outfile
}

function placeIn(file: string): number | undefined {
  if (!existsSync(file)) return undefined
  const bytes = readFileSync(file)
  return bytes.length < 8 ? undefined : bytes.readDoubleBE(0)
}

interface Block {
  readonly seed: number
  readonly first: number
  readonly count: number
  readonly only: string
}

/** Runs a block; returns the place behind which to go on where the process did not come to its end. */
function runBlock(worker: string, report: string, block: Block): Promise<Fault | undefined> {
  const { seed, first, count, only } = block
  rmSync(`${report}.at`, { force: true })
  const child = spawn(
    process.execPath,
    ['--max-old-space-size=2048', worker, ...[seed, first, count].map(String), report, only],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ISOGRAD_ROOT: root },
    },
  )
  const said: string[] = []
  child.stderr.on('data', (text: Buffer) => said.push(text.toString()))
  let [seen, since, hangs] = [-1, Date.now(), false]
  const timer = setInterval(() => {
    const at = placeIn(`${report}.at`) ?? -1
    if (at !== seen) [seen, since] = [at, Date.now()]
    else if (Date.now() - since > 1000 * MOST_SECONDS) {
      hangs = true
      child.kill('SIGKILL')
    }
  }, 500)
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      clearInterval(timer)
      const index = placeIn(`${report}.at`) ?? first
      const ended = `ended with ${code ?? signal}: ${said.join('').slice(-1500)}`
      if (code === 0 && !hangs) resolve(undefined)
      else resolve({ kind: hangs ? 'hang' : 'death', target: '', seed, index, what: hangs ? 'no answer' : ended })
    })
  })
}

function readLines<T>(file: string): T[] {
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T)
}

/** Reads `count` damaged inputs from `first` on. @param only names of targets, by commas; all unless given. */
export async function fuzz({
  seed,
  first = 0,
  count,
  only = '',
}: Omit<Block, 'first' | 'only'> & Partial<Block>): Promise<Outcome> {
  const began = performance.now()
  const worker = await bundled()
  const scratch = mkdtempSync(join(tmpdir(), 'isograd-fuzz-report-'))
  const [report, faults] = [join(scratch, 'report'), [] as Fault[]]
  const counts: Record<string, { parsed: number; refused: number; seconds: number }> = {}
  for (let at = first; at < first + count;) {
    const size = Math.min(BLOCK, first + count - at)
    // oxlint-disable-next-line no-await-in-loop -- one core at most
    const stopped = await runBlock(worker, report, { seed, first: at, count: size, only })
    if (stopped !== undefined) faults.push(stopped)
    at = stopped === undefined ? at + size : stopped.index + 1
    for (const [name, { parsed, refused, seconds }] of Object.entries(countsIn(`${report}.counts`))) {
      const sums = (counts[name] ??= { parsed: 0, refused: 0, seconds: 0 })
      sums.parsed += parsed
      sums.refused += refused
      sums.seconds += seconds
    }
    rmSync(`${report}.counts`, { force: true })
  }
  faults.push(...readLines<Fault>(`${report}.faults`))
  rmSync(scratch, { recursive: true, force: true })
  rmSync(join(worker, '..'), { recursive: true, force: true })
  return { inputs: count, seconds: (performance.now() - began) / 1000, counts, faults }
}

function countsIn(file: string): Outcome['counts'] {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Outcome['counts']) : {}
}
