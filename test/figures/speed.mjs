/**
 * The training speed of one build beside another: `isograd run` of three presets on the built-in digits, onnx, one training at
 * a time, each run a process of its own, the two builds in turns.
 *
 *   node test/figures/speed.mjs OLD NEW [ROUNDS]
 *
 * Prints the median of new / old over the rounds with its range, of the `seconds` that records give: training alone.
 * Which build goes first changes from round to round; a first round of each warms the disk and is not counted.
 */
import { spawnSync } from 'node:child_process'
import { join, resolve } from 'node:path'

const PRESETS = ['torch-mlp5', 'keras-13x10', 'softmax-linear']
const SETTINGS = '--dataset digits --limit 12800 --epochs 2 --backend onnx --jobs 1 --quiet --json'.split(' ')

/** Seconds that each arm trained, by name. */
function secondsOf(checkout, preset) {
  const words = [join(checkout, 'packages/cli/bin/isograd.js'), 'run', preset, ...SETTINGS]
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', maxBuffer: 2 ** 30 })
  if (status !== 0) throw new Error(`${checkout}: isograd run ${preset}: got exit status ${status}\n${stderr}`)
  return JSON.parse(stdout).runs.map(({ arm, seconds }) => [`${preset}/${arm}`, seconds])
}

function medianOf(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b)
  const half = sorted.length / 2
  return (sorted[Math.floor(half)] + sorted[Math.ceil(half) - 1]) / 2
}

/** Adds what one round of both builds took to the lists of each arm. */
function addRound(preset, builds, isReversed, taken) {
  const order = isReversed ? builds.toReversed() : builds
  for (const { side, checkout } of order) {
    for (const [arm, seconds] of secondsOf(checkout, preset)) {
      taken[arm] ??= { old: [], new: [] }
      taken[arm][side].push(seconds)
    }
  }
}

function measure(builds, rounds) {
  const taken = {}
  for (const preset of PRESETS) {
    for (const { checkout } of builds) secondsOf(checkout, preset)
    for (let round = 0; round < rounds; round++) addRound(preset, builds, round % 2 === 1, taken)
    process.stderr.write(`${preset} done\n`)
  }
  return taken
}

function print(taken) {
  for (const [arm, { old: before, new: after }] of Object.entries(taken)) {
    const ratios = after.map((seconds, round) => seconds / before[round])
    const range = `${Math.min(...ratios).toFixed(3)} to ${Math.max(...ratios).toFixed(3)}`
    const medians = `${medianOf(before).toFixed(3)} s -> ${medianOf(after).toFixed(3)} s`
    console.log(`${arm.padEnd(24)} new/old ${medianOf(ratios).toFixed(3)}  (${range})  ${medians}`)
  }
}

const [before, after, rounds = '5'] = process.argv.slice(2)
if (before === undefined || after === undefined || !(Number(rounds) >= 1)) {
  console.error('usage: speed.mjs OLD NEW [ROUNDS]')
  process.exitCode = 2
} else {
  const builds = [
    { side: 'old', checkout: resolve(before) },
    { side: 'new', checkout: resolve(after) },
  ]
  print(measure(builds, Number(rounds)))
}
