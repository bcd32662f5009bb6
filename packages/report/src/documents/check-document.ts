/** The part of a check's document that a page shows; the document itself holds far more. */
import { type Fields, isFields, listOf, numberOf, pick, textOf } from './fields.js'

/** A verdict with its reason. */
function judged(value: unknown) {
  return pick(isFields(value) ? value : {}, textOf, 'verdict', 'reason')
}

/** The largest error of an operation on a backend as a share of its bound; `node` says where it was. */
function readOperation(operation: Fields) {
  return {
    ...pick(operation, textOf, 'backend', 'operation', 'like', 'node'),
    ...pick(operation, numberOf, 'ratio', 'elements'),
  }
}

/** Two backends compared by free training. */
function readRun({ backends, curve, judgement }: Fields) {
  const [first, second] = Array.isArray(backends) ? backends : []
  const points = listOf(curve).map((point) => pick(point, numberOf, 'step', 'distance', 'floor'))
  return { backends: [textOf(first), textOf(second)] as const, curve: points, ...judged(judgement) }
}

/** The verdict over two backends, with the figure that decided and what to do next, where they are there. */
function readPair({ backends, evidence, next, ...pair }: Fields) {
  const figure = isFields(evidence) ? evidence : undefined
  return {
    backends: (Array.isArray(backends) ? backends : []).map(textOf),
    ...judged(pair),
    ...(figure && { evidence: { ...pick(figure, textOf, 'what'), ...pick(figure, numberOf, 'measured', 'limit') } }),
    ...(next !== undefined && { next: textOf(next) }),
  }
}

/** The findings of one arm. */
function readArm(arm: Fields) {
  const modes = Object.entries(isFields(arm['judgements']) ? arm['judgements'] : {})
  return {
    ...pick(arm, textOf, 'arm', 'precision'),
    judgements: modes.map(([mode, each]) => ({ mode, ...judged(each) })),
    operations: listOf(arm['operations']).map(readOperation),
    runs: listOf(arm['runs']).map(readRun),
    unchecked: (Array.isArray(arm['unchecked']) ? arm['unchecked'] : []).map(textOf),
  }
}

/** The check in a document that says it is one. */
export function readCheck(value: Fields) {
  return {
    ...pick(value, textOf, 'experiment', 'verdict', 'reason'),
    backends: listOf(value['backends']).map(({ name }) => textOf(name)),
    pairs: listOf(value['pairs']).map(readPair),
    arms: listOf(value['arms']).map(readArm),
    findings: listOf(value['findings']).map((each) => pick(each, textOf, 'severity', 'arm', 'sentence')),
    failures: listOf(value['failures']).map((each) => pick(each, textOf, 'backend', 'message')),
  }
}

/** A check. */
export type CheckSource = ReturnType<typeof readCheck>

/** One arm of a check. */
export type CheckedArm = CheckSource['arms'][number]
