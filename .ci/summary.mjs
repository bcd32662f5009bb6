/** Checks the main job's document and adds up what passed and failed: the last line of a CI run. */
import { readFileSync } from 'node:fs'
import { parseArgs, stripVTControlCharacters } from 'node:util'

const { values } = parseArgs({
  options: { tests: { type: 'string' }, log: { type: 'string' }, job: { type: 'string' }, runs: { type: 'string' } },
})

/** The counts in vitest's closing lines, summed over the packages. */
function countTests(log) {
  const lines = log.split('\n').filter((line) => /\bTests\s+\d+ (passed|failed|skipped)/.test(line))
  const sum = (word) =>
    lines.reduce((total, line) => total + Number(new RegExp(`(\\d+) ${word}`).exec(line)?.[1] ?? 0), 0)
  return { runners: lines.length, passed: sum('passed'), failed: sum('failed') }
}

/** The seconds of each package's tests, from vitest's closing lines. */
function secondsOf(log) {
  const lines = stripVTControlCharacters(log).split('\n')
  return lines.flatMap((line) => {
    const [, part, seconds] = /^(\S+):test:\s+Duration\s+([\d.]+)s/.exec(line) ?? []
    return part === undefined ? [] : [`${part}: ${Math.round(Number(seconds))} s`]
  })
}

/** Failures, with the first lines of their reasons: the end of a log is what is read first, and at times all that is kept. */
function failures(log) {
  const lines = stripVTControlCharacters(log).split('\n')
  return lines.flatMap((line, i) => (/:\s+FAIL\s/.test(line) ? lines.slice(i, i + 8) : []))
}

/** The gradient norms of a run's weights, by layer. */
const gradients = (run) =>
  run.probes.filter((probe) => probe.quantity === 'gradientNorm' && probe.parameter === 'weight')

/** The checks of the main job: each is a sentence and whether it holds. */
function jobChecks(status, text) {
  const document = (() => {
    try {
      return JSON.parse(text)
    } catch {
      return { runs: [], agreement: [] }
    }
  })()
  const { runs, agreement } = document
  const named = (arm, backend) => runs.find((run) => run.arm === arm && run.backend === backend)
  const accuracy = (arm, backend) => named(arm, backend)?.finals.test.metrics.accuracy.value ?? 0
  const firstLayer = (arm) => gradients(named(arm, 'onnx') ?? { probes: [] })[0]?.values[0] ?? Number.NaN
  return [
    ['exit status 0', status === 0],
    ['two arms on two backends', runs.length === 4],
    ['200 steps each, every loss finite', runs.every((run) => run.steps === 200 && run.losses.every(Number.isFinite))],
    [
      'five layers at the first and the last step',
      runs.every(
        (run) => gradients(run).length === 5 && gradients(run).every((probe) => probe.steps.join() === '0,199'),
      ),
    ],
    ['relu learns on onnx', accuracy('relu', 'onnx') > 0.85],
    ['relu learns on tfjs-wasm', accuracy('relu', 'tfjs-wasm') > 0.85],
    [
      'the sigmoid arm starts with a smaller gradient in its first layer',
      firstLayer('sigmoid') < firstLayer('relu') / 5,
    ],
    ['the backends agree on both arms', agreement.length === 2 && agreement.every(({ ok }) => ok)],
  ]
}

const log = readFileSync(values.log, 'utf8')
const tests = countTests(log)
const checks = jobChecks(Number(values.job), readFileSync(values.runs, 'utf8'))
for (const [what, holds] of checks) console.log(`${holds ? 'ok    ' : 'FAILED'} ${what}`)
const testCommand = Number(values.tests) === 0 && tests.runners > 0
if (!testCommand)
  console.log(`FAILED npm ci && npm test: exit status ${values.tests}, ${tests.runners} test runners seen`)

console.log(`Seconds of tests: ${secondsOf(log).join(', ')}`)
for (const line of failures(log)) console.log(line)

const failed = tests.failed + checks.filter(([, holds]) => !holds).length + (testCommand ? 0 : 1)
console.log(`${tests.passed + checks.filter(([, holds]) => holds).length} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
