/**
 * The proof that everything which reads what somebody else may have written either reads it or refuses it as the input's
 * fault, within 2 s and 512 MiB, with no file changed. A seed stands for a block of damaged inputs (`test/fuzz`), which a
 * process of its own reads; behind an input at which it hangs or dies another goes on.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** Damaged inputs of one seed. */
const BLOCK = 10_000
/** Wall time at one input behind which a process counts as hanging, on a machine that does other things too. */
const MOST_SECONDS = 30
const LOOK_MILLISECONDS = 500
const MOST_SHOWN = 20

/** The worker as one file, beside the packages that it imports. */
async function bundled() {
  const place = join(ROOT, 'test/node_modules')
  mkdirSync(place, { recursive: true })
  const directory = mkdtempSync(join(place, '.fuzz-'))
  const [entry, outfile] = [join(ROOT, 'test/fuzz/worker.ts'), join(directory, 'worker.mjs')]
  await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm', packages: 'external' })
  return { directory, outfile }
}

/** The input that a process is at. */
function placeIn(report) {
  const bytes = existsSync(`${report}.at`) ? readFileSync(`${report}.at`) : Buffer.alloc(0)
  return bytes.length < 8 ? 0 : bytes.readDoubleBE(0)
}

/** Lets a process read inputs from `first` on. Resolves to the fault with which it ended, if any. */
function readFrom(first, seed, outfile, report) {
  const words = ['--max-old-space-size=2048', outfile, seed, first, BLOCK - first, report].map(String)
  const child = spawn(process.execPath, words, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ISOGRAD_ROOT: ROOT },
  })
  const said = []
  child.stderr.on('data', (text) => said.push(String(text)))
  let [seen, since, hangs] = [-1, Date.now(), false]
  const timer = setInterval(() => {
    const at = placeIn(report)
    if (at !== seen) [seen, since] = [at, Date.now()]
    hangs = Date.now() - since > 1000 * MOST_SECONDS
    if (hangs) child.kill('SIGKILL')
  }, LOOK_MILLISECONDS)
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      clearInterval(timer)
      const what = hangs ? 'no answer' : `ended with ${code ?? signal}: ${said.join('').slice(-1500)}`
      resolve(code === 0 ? undefined : { kind: hangs ? 'hang' : 'death', index: placeIn(report), what })
    })
  })
}

function linesOf(file) {
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

async function readBlock(seed, outfile) {
  const scratch = mkdtempSync(join(tmpdir(), 'isograd-fuzz-report-'))
  const report = join(scratch, 'report')
  const ends = []
  try {
    for (let at = 0; at < BLOCK;) {
      // oxlint-disable-next-line no-await-in-loop -- one process at a time
      const end = await readFrom(at, seed, outfile, report)
      if (end !== undefined) ends.push(end)
      at = end === undefined ? BLOCK : end.index + 1
    }
    const faults = [...ends, ...linesOf(`${report}.faults`)]
    const [counts = {}] = linesOf(`${report}.counts`)
    return { faults, counts }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

export const fuzz = {
  about: `damaged inputs of every format, ${BLOCK} a seed, are read or refused within 2 s and 512 MiB, and change no file`,
  seeds: 100,
  sample: 2,
  async start() {
    const { directory, outfile } = await bundled()
    return {
      async attempt(seed) {
        const { faults, counts } = await readBlock(seed, outfile)
        const failed = faults.length > 0
        const outcome = failed ? [...new Set(faults.map(({ kind }) => kind))].join(' ') : 'clean'
        return { outcome, failed, inputs: BLOCK, counts, ...(failed && { faults: faults.slice(0, MOST_SHOWN) }) }
      },
      end: async () => rmSync(directory, { recursive: true, force: true }),
    }
  },
}
