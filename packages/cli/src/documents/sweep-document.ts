/** A sweep as a document: where it stands, and its settings, each over its seeds. */
import { grouped, spreadOf } from '@isograd/core/compare'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { type BackendPair, backendPairs } from './sweep-backends.js'
import { lastEntries, type RungResult, rungResults, type Scored } from './sweep-rungs.js'
import type { DoneEntry } from './sweep-lines.js'

/** A part of the trials of a sweep: the `part`th of `of`, from 1. */
export interface Shard {
  /** Number of the part, from 1. */
  readonly part: number
  /** The number of parts. */
  readonly of: number
}

/** A trial that was set aside. */
export interface SetAside extends Pick<DoneEntry, 'settings' | 'arm' | 'seed' | 'backend'> {
  /** Number of the trial, from 0. */
  readonly trial: number
  /** Mark of what it trains. */
  readonly id: string
  readonly reason: string
}

/** A trial that was done twice in one environment, and came out otherwise. */
export interface Difference {
  /** Number of the trial, from 0. */
  readonly trial: number
  /** Mark of what it trains. */
  readonly id: string
  /** Checksums of the two records. */
  readonly hashes: readonly [string, string]
}

/** The state of a sweep, as a document. */
export interface SweepProgress {
  /** All trials. */
  readonly trials: number
  /** Trials that are done. */
  readonly done: number
  /** Trials that a worker is at. */
  readonly running: number
  /** Trials that were set aside. */
  readonly failed: number
  /** All that are neither done nor set aside. */
  readonly left: number
  /** Trainings that were done more than once. */
  readonly repeated: number
  /** Lines of results that are damaged: their trials are trained again. */
  readonly damaged: number
  /** Trials a second, by the time that the last took and the workers that there are; absent where nothing can be said. */
  readonly perSecond?: number
  /** Seconds until all are done, at that pace. */
  readonly secondsLeft?: number
  /** The trials that were set aside. */
  readonly failures: readonly SetAside[]
  /** Trials that came out otherwise when they were done again. */
  readonly differences: readonly Difference[]
  /** Environments that results are of, by their mark. */
  readonly environments: Readonly<Record<string, unknown>>
}

/** One combination of settings, arm and backend. */
export interface SettingsResult extends Pick<
  DoneEntry,
  'settings' | 'arm' | 'backend' | 'judgedBy' | 'judgedOn' | 'better' | 'rung'
> {
  /** Seeds that have come. */
  readonly seeds: readonly number[]
  /** Mean over them of the figure that judges. */
  readonly mean: number
  /** Standard error over seeds; absent for one seed. */
  readonly error?: number
  /** Of its trainings, those that left the finite numbers. */
  readonly diverged: number
  /** Epochs that it was trained for, where trainings are ended early. */
  readonly epochs?: number
  /** Training losses by epoch, means over seeds; of the best alone. */
  readonly losses?: readonly number[]
}

/** The document that `isograd sweep --json`, `isograd sweep status --json` and `isograd merge --json` print: a sweep and where it stands. */
export interface SweepDocument extends SweepProgress {
  readonly schema: 'isograd.sweep-status/1'
  readonly directory: string
  /** The file, as it was named. */
  readonly source: string
  /** Name of the experiment. */
  readonly experiment: string
  /** The content of the file. */
  readonly sweep: unknown
  /** The part of the sweep that it is; absent where it is all. */
  readonly shard?: Shard
  /** The best first; the mean of what judges, and its standard error over seeds. */
  readonly settings: readonly SettingsResult[]
  /** The first backend beside each other. */
  readonly backends: readonly BackendPair[]
  /** Only where trainings are ended early. */
  readonly rungs?: readonly RungResult[]
}

/** The sweep that a document is of. */
export interface SweepFacts extends Pick<SweepDocument, 'source' | 'sweep' | 'experiment' | 'shard'> {
  readonly plan: Scored
}

/** Combinations whose losses are told. */
const MOST_CURVES = 8

/** Mean losses by epoch of those seeds that came so far. */
function lossesOf(entries: readonly DoneEntry[]): number[] {
  const epochs = Math.max(...entries.map(({ losses }) => losses.length))
  return Array.from(
    { length: epochs },
    (_, i) => spreadOf(entries.flatMap(({ losses }) => losses.slice(i, i + 1))).mean,
  )
}

function resultOf(entries: readonly DoneEntry[], plan: Scored): SettingsResult {
  const [{ settings, arm, backend, judgedBy, judgedOn, better, rung }] = entries as [DoneEntry]
  const { mean, sd } = spreadOf(entries.map(({ judged }) => judged.value))
  const error = sd === undefined ? {} : { error: sd / Math.sqrt(entries.length) }
  const diverged = entries.filter(({ end }) => end === 'nonFinite').length
  const seeds = entries.map(({ seed }) => seed)
  const trained = rung === undefined ? {} : { rung, epochs: plan.epochsOf(rung) }
  return { settings, arm, backend, judgedBy, judgedOn, better, ...trained, seeds, mean, ...error, diverged }
}

/** Those of later rungs first, then larger first where larger is better; what is no number last. */
function order(a: SettingsResult, b: SettingsResult): number {
  const [{ rung: own = 0 }, { rung: other = 0 }] = [a, b]
  if (own !== other) return other - own
  const [first, second] = [a, b].map(({ mean, better }) => (better === 'larger' ? -mean : mean)) as [number, number]
  if (Number.isNaN(first) || Number.isNaN(second)) return Number(Number.isNaN(first)) - Number(Number.isNaN(second))
  return first - second
}

/** All settings with their results, the best first. */
function settingsResults(entries: readonly DoneEntry[], plan: Scored): SettingsResult[] {
  const groups = grouped(entries, ({ settings, arm, backend }) => [settings, arm, backend])
  const results = groups.map((group) => ({ group, result: resultOf(group, plan) }))
  const sorted = results.toSorted((a, b) => order(a.result, b.result))
  return sorted.map(({ group, result }, i) => (i < MOST_CURVES ? { ...result, losses: lossesOf(group) } : result))
}

/** The document of a sweep as it stands. @param entries of all rungs. */
export function sweepDocument(
  directory: string,
  { plan, ...facts }: SweepFacts,
  entries: readonly DoneEntry[],
  progress: SweepProgress,
): SweepDocument {
  const last = lastEntries(entries)
  const rungs = rungResults(plan, entries)
  const results = { settings: settingsResults(last, plan), backends: backendPairs(last), ...(rungs && { rungs }) }
  return { schema: 'isograd.sweep-status/1', directory, ...facts, ...progress, ...results }
}

/** The exit status of a sweep; trials that are left are not counted here. */
export function statusOfSweep({ failed, differences }: SweepProgress): ExitStatus {
  if (failed > 0) return exitStatus.backend
  return differences.length > 0 ? exitStatus.disagreement : exitStatus.ok
}
