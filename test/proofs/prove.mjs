/** The work of a proof: seeds tried one after the other, each result appended to a file, so that it goes on where it stopped. */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'

function parsedLine(line) {
  try {
    return [JSON.parse(line)]
  } catch {
    return []
  }
}

/** Results that a file has, by seed; a line that was cut off is left out. */
export function resultsIn(file) {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
  return new Map(lines.flatMap(parsedLine).map((each) => [each.seed, each]))
}

/** Makes a file end with a whole line, that what is appended next is one of its own. */
function endLine(file) {
  mkdirSync(dirname(file), { recursive: true })
  if (existsSync(file) && !/(^|\n)$/.test(readFileSync(file, 'utf8'))) appendFileSync(file, '\n')
}

/** One seed's result, with the milliseconds that it took; what is thrown breaks the promise. */
async function attemptOf({ attempt }, seed) {
  const start = performance.now()
  const result = await attempt(seed).catch((error) => ({ outcome: 'threw', failed: true, error: String(error?.stack) }))
  return { seed, ...result, ms: Math.round(performance.now() - start) }
}

/**
 * Tries seeds, and gives the results by seed.
 * @param seeds the seeds. @param known results from before. @param onResult told each new result. @param isStopped asked
 *   before each seed. @param isSample true for the seeds that CI replays.
 */
export async function prove(
  proof,
  { seeds, known = new Map(), onResult = () => {}, isStopped = () => false, isSample = false },
) {
  const results = new Map(known)
  const left = seeds.filter((seed) => !results.has(seed))
  if (left.length === 0) return results
  const started = await proof.start({ isSample })
  try {
    for (const seed of left) {
      if (isStopped()) break
      // oxlint-disable-next-line no-await-in-loop -- one seed at a time: they share the backends and the cores
      const result = await attemptOf(started, seed)
      results.set(seed, result)
      onResult(result)
    }
  } finally {
    await started.end?.()
  }
  return results
}

/** As `prove`, with the results kept in a file of one JSON document a line. */
export function proveInto(file, proof, options) {
  endLine(file)
  const keep = (result) => {
    appendFileSync(file, `${JSON.stringify(result)}\n`)
    options.onResult?.(result)
  }
  const known = new Map([...resultsIn(file)].filter(([seed]) => options.seeds.includes(seed)))
  return prove(proof, { ...options, known, onResult: keep })
}

/** The numbers of results by outcome, those that failed, and what is not reached, if anything. */
export function summed(proof, results) {
  const all = [...results.values()].toSorted((a, b) => a.seed - b.seed)
  const counts = {}
  for (const { outcome } of all) counts[outcome] = (counts[outcome] ?? 0) + 1
  const failed = all.filter((result) => result.failed === true)
  const missed = failed.length === 0 ? undefined : `${failed.length} of ${all.length} seeds failed`
  return { counts, failed, missed: proof.goal === undefined ? missed : proof.goal(counts) }
}
