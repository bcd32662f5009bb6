/** The part of a check's document that a page shows; the document itself holds far more. */
import { type Fields, isFields, listOf, numberOf, textOf } from './fields.js'

/** A verdict with its reason. */
export interface Judged {
  readonly verdict: string
  readonly reason: string
}

/** The largest error of an operation on a backend as a share of its bound. */
export interface CheckedOperation {
  readonly backend: string
  readonly operation: string
  readonly ratio: number
  readonly elements: number
  /** Where it was: a node, and its layer. */
  readonly node: string
}

/** Two backends compared by free training. */
export interface CheckedRun extends Judged {
  readonly backends: readonly [string, string]
  readonly curve: readonly { readonly step: number; readonly distance: number; readonly floor: number }[]
}

/** The findings of one arm. */
export interface CheckedArm {
  readonly arm: string
  readonly precision: string
  readonly judgements: readonly (Judged & { readonly mode: string })[]
  readonly operations: readonly CheckedOperation[]
  readonly runs: readonly CheckedRun[]
}

/** A check. */
export interface CheckSource extends Judged {
  readonly experiment: string
  readonly backends: readonly string[]
  readonly arms: readonly CheckedArm[]
  readonly findings: readonly { readonly severity: string; readonly arm: string; readonly sentence: string }[]
  readonly failures: readonly { readonly backend: string; readonly message: string }[]
}

function judged(value: unknown): Judged {
  return isFields(value)
    ? { verdict: textOf(value['verdict']), reason: textOf(value['reason']) }
    : { verdict: '', reason: '' }
}

function readOperation(value: Fields): CheckedOperation {
  return {
    backend: textOf(value['backend']),
    operation: textOf(value['operation']),
    ratio: numberOf(value['ratio']),
    elements: numberOf(value['elements']),
    node: textOf(value['node']),
  }
}

function readRun(value: Fields): CheckedRun {
  const [first, second] = Array.isArray(value['backends']) ? value['backends'] : []
  const curve = listOf(value['curve']).map((point) => ({
    step: numberOf(point['step']),
    distance: numberOf(point['distance']),
    floor: numberOf(point['floor']),
  }))
  return { backends: [textOf(first), textOf(second)], curve, ...judged(value['judgement']) }
}

function readArm(value: Fields): CheckedArm {
  const judgements = isFields(value['judgements']) ? Object.entries(value['judgements']) : []
  return {
    arm: textOf(value['arm']),
    precision: textOf(value['precision']),
    judgements: judgements.map(([mode, each]) => ({ mode, ...judged(each) })),
    operations: listOf(value['operations']).map(readOperation),
    runs: listOf(value['runs']).map(readRun),
  }
}

/** The check in a document that says it is one. */
export function readCheck(value: Fields): CheckSource {
  return {
    experiment: textOf(value['experiment']),
    backends: listOf(value['backends']).map(({ name }) => textOf(name)),
    ...judged(value),
    arms: listOf(value['arms']).map(readArm),
    findings: listOf(value['findings']).map(({ severity, arm, sentence }) => ({
      severity: textOf(severity),
      arm: textOf(arm),
      sentence: textOf(sentence),
    })),
    failures: listOf(value['failures']).map(({ backend, message }) => ({
      backend: textOf(backend),
      message: textOf(message),
    })),
  }
}
