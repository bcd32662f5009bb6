/** The figures of a bench as blocks of a report. */
import { formatCount } from '../text/numbers.js'
import { type Block, type FigureColumn, type FigureTable, tableOf } from '../text/blocks.js'
import type {
  BenchDocument,
  BenchHead,
  ConcurrentBench,
  EpochBench,
  Machine,
  MeanRatio,
  PresetBench,
  StartUpBench,
} from './document.js'
import { middleHalf, type Summary } from './statistics.js'

/** The floor of a backend, which stands below it or beside it. */
const ITS_FLOOR = 'its floor'

/** Three digits that count: 0.133, 3.31, 67.2, 1,234. */
export function formatThree(value: number): string {
  if (!Number.isFinite(value)) return '-'
  const size = Math.abs(value)
  if (size >= 100 || value === 0) return formatCount(value)
  return value.toFixed(Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(size)))))
}

/** Whole percents, with a decimal where there is little. */
export function formatShare(fraction: number): string {
  if (!Number.isFinite(fraction)) return '-'
  return `${(100 * fraction).toFixed(Math.abs(fraction) < 0.1 ? 1 : 0)} %`
}

function milliseconds(seconds: number): string {
  return formatThree(1000 * seconds)
}

function optional(summary: Summary | undefined, format: (value: number) => string): string {
  return summary === undefined ? '' : format(summary.median)
}

function subjectTable({ subjects }: PresetBench): FigureTable {
  return tableOf(subjects, [
    ['', ({ kind, name }) => (kind === 'floor' ? `- ${ITS_FLOOR}` : name)],
    ['ms/step', ({ stepSeconds }) => milliseconds(stepSeconds.median)],
    ['fastest', ({ stepSeconds }) => milliseconds(stepSeconds.least)],
    ['spread', ({ stepSeconds }) => formatShare(stepSeconds.spread)],
    ['s/epoch', ({ epochSeconds }) => formatThree(epochSeconds.median)],
    ['samples/s', ({ samplesPerSecond }) => formatCount(samplesPerSecond)],
    ['first step', ({ firstStepSeconds }) => optional(firstStepSeconds, formatThree)],
    ['MB', ({ peakBytes }) => optional(peakBytes, (bytes) => formatCount(bytes / 1e6))],
  ])
}

function nameOfOther({ subject, to }: { readonly subject: string; readonly to: string }): string {
  return to.startsWith(`${subject} `) ? ITS_FLOOR : to
}

function ratioTable(preset: PresetBench): FigureTable {
  return tableOf(preset.ratios, [
    ['time of a step of', ({ subject }) => subject],
    ['over that of', nameOfOther],
    ['ratio', ({ ratio }) => formatThree(ratio.median)],
    ['least', ({ ratio }) => formatThree(ratio.least)],
    ['most', ({ ratio }) => formatThree(ratio.most)],
  ])
}

function stepColumn(subject: string): FigureColumn<PresetBench> {
  const text = ({ subjects }: PresetBench): string =>
    optional(subjects.find(({ name }) => name === subject)?.stepSeconds, milliseconds)
  return [subject, text]
}

/** Milliseconds a step of all that train, on every preset. */
function overviewTable(presets: readonly PresetBench[]): FigureTable {
  const trained = presets.flatMap(({ subjects }) => subjects.filter(({ kind }) => kind !== 'floor'))
  const names = new Set(trained.map(({ name }) => name))
  return tableOf(presets, [['ms/step', ({ preset }) => preset], ...[...names].map(stepColumn)])
}

/** Geometric means over the presets: one row a backend, one column for each it is compared with. */
function meanTable(means: readonly MeanRatio[]): FigureTable {
  const column = (other: string): FigureColumn<string> => [
    other,
    (subject) => {
      const mean = means.find((one) => one.subject === subject && nameOfOther(one) === other)
      return mean === undefined ? '' : formatThree(mean.ratio)
    },
  ]
  const subjects = [...new Set(means.map(({ subject }) => subject))]
  const others = [...new Set(means.map(nameOfOther))]
  return tableOf(subjects, [['geometric mean over', (subject) => subject], ...others.map(column)])
}

/** A share with the middle half of its measurements. */
function shareText({ median, values }: Summary): string {
  const [low, high] = middleHalf(values)
  return `${formatShare(median)} (${formatShare(low)} to ${formatShare(high)})`
}

function epochTable({ around }: PresetBench): FigureTable {
  const probing = around.slice(0, 1).map(({ probeEvery }): FigureColumn<EpochBench> => {
    return [`probing every ${probeEvery} adds`, (one) => shareText(one.probing)]
  })
  return tableOf(around, [
    ['whole epochs', ({ backend }) => backend],
    ['steps', ({ stepsPerEpoch }) => formatCount(stepsPerEpoch)],
    ['seconds', ({ epochSeconds }) => formatThree(epochSeconds.median)],
    ['around the backend', (one) => formatShare(one.around.median)],
    ...probing,
  ])
}

/** The speedup of several trainings that run at once over one after another. */
function concurrentTable(together: readonly ConcurrentBench[]): FigureTable {
  const atOnce = together.slice(0, 1).map(({ jobs }): FigureColumn<ConcurrentBench> => {
    return [`${jobs} at once`, ({ togetherSeconds }) => formatThree(togetherSeconds.median)]
  })
  return tableOf(together, [
    ['seconds', ({ backends }) => backends.join(', ')],
    ['one by one', ({ oneByOneSeconds }) => formatThree(oneByOneSeconds.median)],
    ...atOnce,
    ['speed-up', ({ speedUp }) => formatThree(speedUp.median)],
    ['least', ({ speedUp }) => formatThree(speedUp.least)],
    ['most', ({ speedUp }) => formatThree(speedUp.most)],
    ['processes', ({ apartSpeedUp }) => formatThree(apartSpeedUp.median)],
  ])
}

/** The trainings, and what processes are. */
function concurrentSentences(together: readonly ConcurrentBench[]): string[] {
  const trained = together.map(({ preset, arm, backends, seeds, steps }) => {
    const what = `${seeds} seeds of ${preset} (${arm}) on ${backends.join(' and on ')}`
    return `${what}: ${formatCount(steps)} steps each, without loading`
  })
  return [...trained, 'processes: the speed-up of a process for each seed instead, which is what the machine gives']
}

/** The form of each peer that was timed. */
function formSentences({ subjects }: PresetBench): string[] {
  return subjects.flatMap(({ name, form }) => (form === undefined ? [] : [`${name}: ${form}`]))
}

/** The parts of each floor. */
function floorSentences({ subjects }: PresetBench): string[] {
  return subjects.flatMap(({ name, floor }) => {
    if (floor === undefined) return []
    const { productSeconds, copySeconds, stateBytes, operationsPerSecond } = floor
    const products = `products ${milliseconds(productSeconds)} ms (${formatThree(operationsPerSecond / 1e9)} GFLOP/s)`
    const copy = `reading and writing ${formatThree(stateBytes / 1e6)} MB of state ${milliseconds(copySeconds)} ms`
    return [`${name}: ${products}, ${copy}`]
  })
}

function presetSentence({ network, parameters, batch, stepsPerEpoch }: PresetBench): string {
  return `${network}, ${formatCount(parameters)} parameters, batch ${batch}, ${formatCount(stepsPerEpoch)} steps an epoch`
}

function machineSentence({ cpu, cores, memoryBytes, system, arch, node }: Machine): string {
  const memory = `${formatThree(memoryBytes / 2 ** 30)} GiB`
  return `${cpu}, ${cores} core${cores === 1 ? '' : 's'}, ${memory}; ${system} ${arch}; Node ${node}`
}

function versionSentence({ versions }: Machine): string {
  return Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')
}

function effortSentence({ effort, data, backends }: BenchHead): string {
  const { repetitions, steps, seconds, warmSeconds } = effort
  const length = steps === undefined ? `${seconds} s` : `${steps} steps`
  const threads = backends.map(({ name, info }) => `${name} ${info.threads}`).join(', ')
  return (
    `${repetitions} interleaved repetitions of ${length} after ${warmSeconds} s of warming up, each in a process of its own; ` +
    `threads: ${threads}; data: ${data.name}, ${[data.train, ...(data.test === undefined ? [] : [data.test])].map(formatCount).join(' + ')} samples`
  )
}

/** True when others had work for the cores, so that the figures are worth little. */
export function isBusy({ loadAverage, cores }: Pick<Machine, 'loadAverage' | 'cores'>): boolean {
  return loadAverage > 0.5 * cores
}

/** The machine, the versions and the effort, and a warning where the machine was busy. */
export function headSentences(head: BenchHead): string[] {
  const { machine } = head
  const load = formatThree(machine.loadAverage)
  const busy = `The machine had other work to do (load average ${load} on ${machine.cores} cores): take the figures with care.`
  const sentences = [machineSentence(machine), versionSentence(machine), effortSentence(head)]
  return isBusy(machine) ? [...sentences, busy] : sentences
}

function startUpSentence({ versionSeconds, nodeSeconds, ratio }: StartUpBench): string {
  const [whole, node] = [versionSeconds, nodeSeconds].map(({ median }) => `${milliseconds(median)} ms`)
  const range = `${formatThree(ratio.least)} to ${formatThree(ratio.most)}`
  return `isograd --version takes ${whole}, node -e 0 ${node}: ${formatThree(ratio.median)} times (${range})`
}

/** The parts that were left out, and those that failed. */
export function missingBlock({ skipped, failures }: Pick<BenchHead, 'skipped' | 'failures'>): Block {
  const sentences = [
    ...skipped.map(
      ({ subject, preset, reason }) => `skipped: ${[subject, preset].filter(Boolean).join(' on ')}: ${reason}`,
    ),
    ...failures.map(({ subject, preset, message }) => `failed: ${subject} on ${preset}: ${message}`),
  ]
  return { sentences, warning: true }
}

function presetBlocks(preset: PresetBench): Block[] {
  return [
    { heading: `${preset.preset} (${preset.arm})` },
    { sentences: [presetSentence(preset)] },
    { table: subjectTable(preset) },
    { sentences: [...formSentences(preset), ...floorSentences(preset)] },
    { table: ratioTable(preset) },
    { table: epochTable(preset) },
  ]
}

function meanBlocks({ presets, means }: BenchDocument): Block[] {
  if (presets.length < 2 || means.length === 0) return []
  return [{ heading: `over ${presets.length} presets` }, { table: overviewTable(presets) }, { table: meanTable(means) }]
}

function concurrentBlocks({ together }: BenchDocument): Block[] {
  if (together.length === 0) return []
  return [
    { heading: 'several at once' },
    { table: concurrentTable(together) },
    { sentences: concurrentSentences(together) },
  ]
}

/** The report of a bench. */
export function benchBlocks(document: BenchDocument): Block[] {
  return [
    { sentences: headSentences(document) },
    ...document.presets.flatMap(presetBlocks),
    ...meanBlocks(document),
    { heading: 'start-up' },
    { sentences: [startUpSentence(document.startUp)] },
    ...concurrentBlocks(document),
    missingBlock(document),
  ]
}
