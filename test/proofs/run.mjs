/**
 * Runs a proof: `npm run proof NAME -- [--from SEED] [--seeds N] [--only SEED]`.
 *
 * Without --from the first seed is drawn from the commit, so that it is not known before the last change. Results are kept
 * by commit under `runs/proofs`, one line a seed: the same command goes on after an interruption. The sums of what was done
 * are written to `test/proofs/results/NAME.json`, to be committed: a whole proof by itself, a part beside those of other
 * commits, so that hours may be spread over days.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { proofs } from './proofs.mjs'
import { proveInto, summed } from './prove.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const LONGEST_LIST = 200

function git(...words) {
  return execFileSync('git', words, { cwd: ROOT, encoding: 'utf8' }).trim()
}

/** The commit, and whether the sources differ from it. */
function stateOfSources() {
  const isChanged = git('status', '--porcelain', '--', 'packages', 'test/proofs/*.mjs') !== ''
  return { commit: git('rev-parse', 'HEAD'), isChanged }
}

function machine() {
  const all = cpus()
  const gigabytes = Math.round(totalmem() / 2 ** 30)
  return { processor: all[0]?.model.trim(), cores: all.length, memoryGigabytes: gigabytes, node: process.version }
}

function wholeNumber(name, text) {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new Error(`--${name}: expected a whole number, got "${text}"`)
}

function readArguments() {
  const options = { from: { type: 'string' }, seeds: { type: 'string' }, only: { type: 'string' } }
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  const [name = ''] = positionals
  if (Object.hasOwn(proofs, name)) return { name, values }
  throw new Error(`expected the name of a proof (${Object.keys(proofs).join(', ')}), got "${name}"`)
}

/** Seeds to try. */
function seedsOf(values, proof, commit) {
  if (values.only !== undefined) return [wholeNumber('only', values.only)]
  const from = values.from === undefined ? Number.parseInt(commit.slice(0, 8), 16) : wholeNumber('from', values.from)
  const count = values.seeds === undefined ? proof.seeds : wholeNumber('seeds', values.seeds)
  return Array.from({ length: count }, (_, i) => from + i)
}

/** The results of a run of this program: a part of the document, or all of it. */
function runOf(proof, seeds, results, sources) {
  const { counts, failed, missed } = summed(proof, results)
  const seconds = Math.round([...results.values()].reduce((sum, { ms }) => sum + ms, 0) / 1000)
  const shown = failed.slice(0, LONGEST_LIST).map(({ ms: _ms, ...result }) => result)
  const range = { first: seeds[0], count: results.size }
  const about = { ...sources, machine: machine(), seeds: range, seconds }
  return { ...about, counts, failures: failed.length, failed: shown, ...(missed !== undefined && { missed }) }
}

/** Writes a run to the proof's document: with what others tried, unless it is whole. */
function keep(name, { about, seeds: whole }, run) {
  const file = join(ROOT, 'test/proofs/results', `${name}.json`)
  const before = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).runs : []
  const isSame = ({ commit, seeds }) => commit === run.commit && seeds.first === run.seeds.first
  const others = run.seeds.count >= whole ? [] : before.filter((one) => !isSame(one))
  const runs = [...others, run]
  const sum = (of) => runs.reduce((all, one) => all + of(one), 0)
  const document = {
    proof: name,
    about,
    seeds: sum(({ seeds }) => seeds.count),
    failures: sum((one) => one.failures),
    runs,
  }
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(document, null, 2).replaceAll(ROOT, '')}\n`)
}

/** True from the first interruption on: the seed at hand is finished, a second interruption ends at once. */
function listenForStop() {
  let isStopped = false
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      isStopped = true
    })
  }
  return () => isStopped
}

function printer(total) {
  let done = 0
  return ({ seed, outcome, failed, ms: _ms, ...facts }) => {
    done++
    if (failed === true) console.log(`seed ${seed}: ${outcome} ${JSON.stringify(facts)}`)
    else if (done % 100 === 0) console.log(`${done} of ${total} seeds`)
  }
}

async function main() {
  const { name, values } = readArguments()
  const proof = await proofs[name]()
  if (proof.missing !== undefined) throw new Error(`${name}: ${proof.missing}`)
  const sources = stateOfSources()
  const seeds = seedsOf(values, proof, sources.commit)
  const file = join(
    ROOT,
    'runs/proofs',
    `${name}-${sources.commit.slice(0, 12)}${sources.isChanged ? '-changed' : ''}.jsonl`,
  )
  console.log(`${name}: ${proof.about}; seeds ${seeds[0]} to ${seeds.at(-1)}`)
  const work = { seeds, onResult: printer(seeds.length), isStopped: listenForStop() }
  const results = await proveInto(file, proof, work)
  const run = runOf(proof, seeds, results, sources)
  console.log(JSON.stringify(run.counts), run.missed ?? 'reached')
  if (results.size < seeds.length) console.log(`stopped after ${results.size}; the same command goes on`)
  if (values.only === undefined) keep(name, proof, run)
  else console.log(JSON.stringify(results.get(seeds[0]), null, 2))
  if (run.missed !== undefined && results.size === seeds.length) process.exitCode = 1
}

await main().catch((error) => {
  console.error(`proof: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 2
})
