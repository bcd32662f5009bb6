/** The messages between the page and its workers. A worker has one task, and ends with its answer. */
import type { RunRecord } from '@isograd/core'
import type { Verdict } from '@isograd/core/compare'
import type { LiveChart } from '@isograd/report/live'
import type { BackendName } from './backends.js'

/** A task of a worker; `text` is the experiment as JSON. */
export type Task =
  | { readonly kind: 'check'; readonly text: string }
  | { readonly kind: 'train'; readonly text: string; readonly backend: BackendName; readonly threads: number }
  /** `compares` is false where runs are to be kept alone: one was stopped, or the comparison was. */
  | {
      readonly kind: 'judge'
      readonly text: string
      readonly records: readonly RunRecord[]
      readonly compares: boolean
    }
  /** `text` is a document of runs. */
  | { readonly kind: 'report'; readonly text: string }

/** The progress of a training. */
export interface Progress {
  readonly kind: 'progress'
  readonly arm: string
  /** Arms that were begun. */
  readonly arms: readonly string[]
  /** Steps trained and steps to train, of all arms. */
  readonly trained: number
  readonly steps: number
  readonly charts: readonly LiveChart[]
  /** Figures of the arms that are finished, in words. */
  readonly finals: readonly string[]
}

/** The verdict on an arm. */
export interface ArmVerdict {
  readonly arm: string
  readonly verdict: Verdict
  readonly sentence: string
}

/** The answers of each kind of task. */
export interface Answers {
  /** The experiment in words. */
  readonly check: string
  readonly train: readonly RunRecord[]
  /** The verdicts, and the document of the runs. */
  readonly judge: { readonly verdicts: readonly ArmVerdict[]; readonly document: string }
  /** A page of charts. */
  readonly report: string
}

/** A message of a worker. */
export type Message =
  | Progress
  | { readonly kind: 'answer'; readonly answer: Answers[Task['kind']] }
  | { readonly kind: 'failed'; readonly reason: string }
