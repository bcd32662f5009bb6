/** Turns the measured errors of nodes into findings. */
import type { Backend } from '../../backend/contract.js'
import type { ProgramNode } from '../../ir/program.js'
import { isStage, type Stage } from '../../plan/stages.js'
import { findingAt, type Place, short } from '../findings.js'
import type { ToleranceName, Tolerances } from '../tolerances.js'
import type { Finding } from '../verdict.js'
import { reducedFormats } from '../../numerics/reduced-formats.js'
import { declaredPrecision } from './declared.js'
import { UNKNOWN_FORMAT } from './likeness.js'
import type { CheckedNode, CheckedStep } from './node-check.js'
import type { WorstElement } from './node-error.js'

const stageTolerances: Readonly<Record<Stage, ToleranceName>> = {
  data: 'forward',
  forward: 'forward',
  loss: 'loss',
  'activation-gradient': 'activationGradient',
  'weight-gradient': 'gradient',
  update: 'update',
  metric: 'forward',
}

/** The tolerance that a stage is held to when a whole step is compared; the forward pass's where the stage is not ours. */
export function stageTolerance(stage: string): ToleranceName {
  return isStage(stage) ? stageTolerances[stage] : 'forward'
}

/** The fields of a finding about a node. */
export function nodeDetails({ op, name, layer, stage }: ProgramNode) {
  return { operation: op, node: name, layer, stage }
}

/** The layer that a name of the carry belongs to. */
export function layerOfState(name: string): string {
  return name.slice(0, `${name}/`.indexOf('/'))
}

function elementText({ index, expected, got }: WorstElement): string {
  return `: at [${index.join(',')}] it should be ${expected} and is ${got}`
}

/** An operation that no rounding explains, or that is less precise than plain loops. */
export function operationFinding(place: Place, checked: CheckedNode, tolerances: Tolerances): Finding {
  const { ops } = tolerances
  return checked.own.ratio > ops ? boundFinding(place, checked, ops) : precisionFinding(place, checked, tolerances)
}

/** The words for an operation that is out: it behaves like a format, if that is known. */
function behaviour({ node: { op, name }, own: { like } }: CheckedNode, otherwise: string): string {
  const known = like === undefined || like === UNKNOWN_FORMAT ? otherwise : `behaves like ${like}`
  return `${op} "${name}" ${known}`
}

function boundFinding(place: Place, checked: CheckedNode, tolerance: number): Finding {
  const { ratio, worst } = checked.own
  const why = worst !== undefined && !Number.isFinite(worst.got) ? 'and not finite' : 'though it must be exact'
  const excess = ratio === Number.POSITIVE_INFINITY ? why : `${short(ratio)} times its bound`
  const element = worst === undefined ? '' : elementText(worst)
  const what = `${behaviour(checked, 'is wrong')}, ${excess}${element}`
  return findingAt(place, 'operation', `${place.backend}: ${what} (step ${place.step})`, {
    ...nodeDetails(checked.node),
    measured: ratio,
    tolerance,
    toleranceName: 'ops',
  })
}

/** The words for what is sound by a yardstick. */
const sound = { precision: 'loop', functions: 'function' } as const

function precisionFinding(place: Place, checked: CheckedNode, tolerances: Tolerances): Finding {
  const { node, own } = checked
  const tolerance = tolerances[own.heldTo]
  const what = behaviour(checked, `is less precise than ${node.type.dtype}, and like ${UNKNOWN_FORMAT}`)
  const loop = `a plain ${node.type.dtype} ${sound[own.heldTo]} (limit ${short(tolerance)}, step ${place.step})`
  const sentence = `${place.backend}: ${what}: errors ${short(own.multiple)} times those of ${loop}`
  return findingAt(place, 'precision', sentence, {
    ...nodeDetails(node),
    measured: own.multiple,
    tolerance,
    toleranceName: own.heldTo,
  })
}

/** The first operation of a step whose results left the range of their dtype, if one did. */
export function overflowFindings(place: Place, { nodes }: CheckedStep): Finding[] {
  const first = nodes.find(({ own }) => own.overflows)
  if (first === undefined) return []
  const { op, name, type } = first.node
  const sentence =
    `${place.backend}: values have overflowed from step ${place.step} on: ${op} "${name}" leaves the range of ` +
    `${type.dtype}, and what follows from it is as IEEE 754 has it`
  // Without the node: it is one thing, wherever it shows at later steps.
  return [findingAt(place, 'overflow', sentence, { severity: 'remark' })]
}

/** That a backend is held to what it declares. */
export function declaredFindings(place: Place, backend: Backend): Finding[] {
  const { name, info } = backend
  const declared = declaredPrecision(backend)
  if (info.precision === undefined) return []
  const known = Object.keys(reducedFormats).join(', ')
  const sentence =
    declared === undefined
      ? `${name} declares the precision "${info.precision}", which does not exist (there are: ${known})`
      : `${name} is held to ${reducedFormats[declared].label}, as it declares: ${reducedFormats[declared].use} may be of it`
  return [findingAt(place, 'precision', sentence, { severity: 'remark' })]
}

/** Nodes beyond their bound or their precision, in the order of the program. */
export function wrongNodes({ nodes }: CheckedStep, tolerances: Tolerances): CheckedNode[] {
  return nodes.filter(({ own }) => own.ratio > tolerances.ops || own.multiple > tolerances[own.heldTo])
}

/** An output that another value took the place of. */
export function wiringFindings(place: Place, { miswired }: CheckedStep): Finding[] {
  return miswired.map(({ role, name, node }) => {
    const isCarry = role === 'carry'
    const what = isCarry ? `hands on "${name}"` : `returns "${name}"`
    const sentence = `${place.backend} ${what} as something else than "${node.name}" computed (step ${place.step})`
    const where = isCarry ? ({ stage: 'state', layer: layerOfState(name) } as const) : node
    return findingAt(place, 'state', sentence, {
      node: node.name,
      stage: where.stage,
      layer: where.layer,
      tensor: name,
    })
  })
}
