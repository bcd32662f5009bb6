/**
 * What a page shows of a check's document, read with suspicion: text as text, numbers as numbers, and what is missing
 * left out. The document itself holds far more.
 */

type Fields = Readonly<Record<string, unknown>>

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

/** What was found of one arm. */
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

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function list(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : []
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** Numbers that JSON lacks stand as text. */
function number(value: unknown): number {
  return typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN
}

function judged(value: unknown): Judged {
  return isFields(value)
    ? { verdict: text(value['verdict']), reason: text(value['reason']) }
    : { verdict: '', reason: '' }
}

function readOperation(value: Fields): CheckedOperation {
  return {
    backend: text(value['backend']),
    operation: text(value['operation']),
    ratio: number(value['ratio']),
    elements: number(value['elements']),
    node: text(value['node']),
  }
}

function readRun(value: Fields): CheckedRun {
  const [first, second] = Array.isArray(value['backends']) ? value['backends'] : []
  const curve = list(value['curve']).map((point) => ({
    step: number(point['step']),
    distance: number(point['distance']),
    floor: number(point['floor']),
  }))
  return { backends: [text(first), text(second)], curve, ...judged(value['judgement']) }
}

function readArm(value: Fields): CheckedArm {
  const judgements = isFields(value['judgements']) ? Object.entries(value['judgements']) : []
  return {
    arm: text(value['arm']),
    precision: text(value['precision']),
    judgements: judgements.map(([mode, each]) => ({ mode, ...judged(each) })),
    operations: list(value['operations']).map(readOperation),
    runs: list(value['runs']).map(readRun),
  }
}

/** The check in a document that says it is one. */
export function readCheck(value: Fields): CheckSource {
  return {
    experiment: text(value['experiment']),
    backends: list(value['backends']).map(({ name }) => text(name)),
    ...judged(value),
    arms: list(value['arms']).map(readArm),
    findings: list(value['findings']).map(({ severity, arm, sentence }) => ({
      severity: text(severity),
      arm: text(arm),
      sentence: text(sentence),
    })),
    failures: list(value['failures']).map(({ backend, message }) => ({
      backend: text(backend),
      message: text(message),
    })),
  }
}
