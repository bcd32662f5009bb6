/** The part of a check's document that a page shows; the document itself holds far more. */
import { type Fields, isFields, listOf, numberOf, textOf } from './fields.js'

/** A verdict with its reason. */
function judged(value: unknown) {
  const { verdict, reason } = isFields(value) ? value : {}
  return { verdict: textOf(verdict), reason: textOf(reason) }
}

/** The largest error of an operation on a backend as a share of its bound; `node` says where it was. */
function readOperation({ backend, operation, ratio, elements, node }: Fields) {
  return {
    backend: textOf(backend),
    operation: textOf(operation),
    ratio: numberOf(ratio),
    elements: numberOf(elements),
    node: textOf(node),
  }
}

/** Two backends compared by free training. */
function readRun({ backends, curve, judgement }: Fields) {
  const [first, second] = Array.isArray(backends) ? backends : []
  const points = listOf(curve).map(({ step, distance, floor }) => ({
    step: numberOf(step),
    distance: numberOf(distance),
    floor: numberOf(floor),
  }))
  return { backends: [textOf(first), textOf(second)] as const, curve: points, ...judged(judgement) }
}

/** The findings of one arm. */
function readArm({ arm, precision, judgements, operations, runs }: Fields) {
  const modes = Object.entries(isFields(judgements) ? judgements : {})
  return {
    arm: textOf(arm),
    precision: textOf(precision),
    judgements: modes.map(([mode, each]) => ({ mode, ...judged(each) })),
    operations: listOf(operations).map(readOperation),
    runs: listOf(runs).map(readRun),
  }
}

/** The check in a document that says it is one. */
export function readCheck(value: Fields) {
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

/** A check. */
export type CheckSource = ReturnType<typeof readCheck>

/** One arm of a check. */
export type CheckedArm = CheckSource['arms'][number]
