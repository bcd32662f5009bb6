/**
 * Every write of every command, failed once with each code: what was there before is there or replaced by what the command
 * was to write, nothing else is left, and the command says which file, with a status that is not 0 where anything is missing.
 */
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commands } from './commands.mjs'
import { prepare, run } from './run-command.mjs'

/** Codes of failures. */
const codes = ['ENOSPC', 'EIO', 'EACCES']

/** Digests of all files below a directory by path; times, which differ from run to run, do not count. */
function filesIn(place) {
  const entries = readdirSync(place, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return new Map(files.map((path) => [path.slice(place.length + 1), digestOf(readFileSync(path), path)]))
}

/** A text without times and names of directories. */
const VARYING = [
  [/"\w*[sS]econds": ?\{[^}]*\}/g, '"seconds":0'],
  [/"(\w*[sS]econds|began|ended|digest|node|sha256|peakMemory)": ?[^,\n}]+/g, '"$1":0'],
  [/ (time|timestamp)="[^"]*"/g, ''],
  [/isograd-writes-\w+\/[\w-]+/g, 'place'],
]

function digestOf(bytes, path) {
  const isText = /\.(json|yaml|html|xml|md)$/.test(path)
  // A page is made of the records, with their times drawn.
  if (path.endsWith('.html')) return bytes.includes('</html>') ? 'whole page' : 'cut page'
  if (path.includes('events.out')) return 'events'
  const content = isText ? VARYING.reduce((text, [what, by]) => text.replace(what, by), bytes.toString()) : bytes
  return createHash('sha256').update(content).digest('hex')
}

/** Files that say only that a command is at work, or that there is something to go on with, or hold digests of others. */
const isPassing = (name) =>
  /(^|\/)(run\.lock|checkpoint\.json|checkpoint-.*|resume\.json|(command|digests)\.json|paths\.key)$/.test(name)

/** The faults in the files that a failed write has left; empty where nothing is. */
function flaws(outcome, { before, after, left, write }) {
  const { status, stderr } = outcome
  const found = []
  if (/bug in isograd|^ {4}at /m.test(stderr)) found.push('it is called a bug')
  if (![0, 2].includes(status)) found.push(`status ${status}`)
  if (status === 2 && !/^error: .*[/\\][^ ]+/m.test(stderr)) found.push('no path is named')
  for (const [name, digest] of before) {
    if (isPassing(name)) continue
    const got = left.get(name)
    if (got === undefined && !after.has(name)) continue
    if (got !== digest && got !== after.get(name)) found.push(`${name} is ${got === undefined ? 'gone' : 'neither'}`)
  }
  for (const [name, digest] of left) {
    if (before.has(name) || isPassing(name)) continue
    const isRemoval = /^(rm|unlink|rmdir)/.test(write.split(' ')[1])
    if (!after.has(name) && !isRemoval) found.push(`${name} is left`)
    else if (after.has(name) && digest !== after.get(name)) found.push(`${name} is half written`)
  }
  if (status === 0) {
    const missing = [...after].filter(([name, digest]) => !isPassing(name) && left.get(name) !== digest)
    for (const [name] of missing)
      if (!stderr.includes(name.split('/').at(-1))) found.push(`${name} is missing at status 0`)
  }
  return found
}

/** Each record fits the weights beside it. */
function pairFlaws(place) {
  const entries = readdirSync(place, { recursive: true, withFileTypes: true })
  return entries
    .filter(({ name }) => name === 'record.json')
    .flatMap(({ parentPath }) => {
      const { files = {} } = JSON.parse(readFileSync(join(parentPath, 'record.json'), 'utf8'))
      return Object.entries(files).flatMap(([name, expected]) => {
        const path = join(parentPath, name)
        const got = existsSync(path) ? createHash('sha256').update(readFileSync(path)).digest('hex') : 'gone'
        return got === expected ? [] : [`${name} does not fit its record`]
      })
    })
}

/** The writes of a command, counted in a calm run, with the files before and after it. Made when it is first asked for. */
async function measured(root, at) {
  const [name, command] = Object.entries(commands)[at]
  const [base, calm] = [join(root, `base-${at}`), join(root, `calm-${at}`)]
  await prepare(base, command)
  cpSync(base, calm, { recursive: true })
  const { status, stderr, writes } = await run(command.line, calm)
  if (![0, 1].includes(status)) throw new Error(`${name}: status ${status}\n${stderr}`)
  return { name, command, base, status, writes, before: filesIn(base), after: filesIn(calm) }
}

/** Fails one write of one command. */
async function failed(root, { name, command, base, status, writes, before, after }, n) {
  const at = n % writes.length
  const code = codes[(n + Math.floor(n / writes.length)) % codes.length]
  const place = mkdtempSync(join(root, 'try-'))
  try {
    cpSync(base, place, { recursive: true })
    const outcome = await run(command.line, place, { failAt: at + 1, code })
    // A check that disagrees ends with 1 in any case.
    const judged = outcome.status === status ? { ...outcome, status: 0 } : outcome
    const write = outcome.writes[at]?.replaceAll(place, '$D') ?? 'none: the command made fewer writes'
    const found = [...flaws(judged, { before, after, left: filesIn(place), write }), ...pairFlaws(place)]
    const facts = { command: name, write, code }
    if (found.length === 0) return { outcome: `status ${outcome.status}`, ...facts }
    return {
      outcome: found[0].replace(/^\S+ is/, 'a file is'),
      failed: true,
      ...facts,
      flaws: found,
      stderr: outcome.stderr.slice(-600),
    }
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

/** The proof; seeds go through the commands in turn, and in each through its writes, then through them with the next code. */
export const proof = {
  about: 'a write that fails loses nothing that was there, and is told of with its path',
  // The longest command makes under 150 writes: then each write of each fails at least once.
  seeds: Object.keys(commands).length * 150,
  sample: 2,
  start: async () => {
    const root = mkdtempSync(join(tmpdir(), 'isograd-writes-'))
    const known = new Map()
    const attempt = async (seed) => {
      const at = seed % Object.keys(commands).length
      if (!known.has(at)) known.set(at, measured(root, at))
      // Far from the first write at small seeds too, which all the commands have in common.
      return failed(root, await known.get(at), Math.floor(seed / Object.keys(commands).length) * 37 + 20)
    }
    return { attempt, end: async () => rmSync(root, { recursive: true, force: true }) }
  },
}
