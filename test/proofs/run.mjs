/**
 * Runs a proof: `npm run proof NAME -- [--from SEED] [--seeds N] [--only SEED]`.
 *
 * Without --from the first seed is drawn from the commit, so that it is not known before the last change. Results are kept
 * by commit under `runs/proofs`, one line a seed: the same command goes on after an interruption. When all seeds are done
 * the sums are written to `test/proofs/results/NAME.json`, to be committed.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
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

/** The document of results. */
function documentOf(name, proof, seeds, results, sources) {
  const { counts, failed, missed } = summed(proof, results)
  const seconds = Math.round([...results.values()].reduce((sum, { ms }) => sum + ms, 0) / 1000)
  const shown = failed.slice(0, LONGEST_LIST).map(({ ms: _ms, ...result }) => result)
  const range = { first: seeds[0], count: seeds.length }
  const about = { proof: name, about: proof.about, ...sources, machine: machine(), seeds: range, seconds }
  return { ...about, counts, failures: failed.length, failed: shown, ...(missed !== undefined && { missed }) }
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
  const document = documentOf(name, proof, seeds, results, sources)
  console.log(JSON.stringify(document.counts), document.missed ?? 'reached')
  if (results.size < seeds.length) return console.log(`stopped after ${results.size}; the same command goes on`)
  if (values.only === undefined) {
    mkdirSync(join(ROOT, 'test/proofs/results'), { recursive: true })
    const text = JSON.stringify(document, null, 2).replaceAll(ROOT, '')
    writeFileSync(join(ROOT, 'test/proofs/results', `${name}.json`), `${text}\n`)
  } else console.log(JSON.stringify(results.get(seeds[0]), null, 2))
  if (document.missed !== undefined) process.exitCode = 1
}

await main().catch((error) => {
  console.error(`proof: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 2
})
