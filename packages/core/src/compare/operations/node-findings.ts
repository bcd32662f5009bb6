/** Turns the measured errors of nodes into findings. */
import type { ProgramNode } from '../../ir/program.js'
import { isStage, type Stage } from '../../plan/stages.js'
import { findingAt, type Place, short } from '../findings.js'
import type { ToleranceName, Tolerances } from '../tolerances.js'
import type { Finding } from '../verdict.js'
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

/** An operation that no rounding explains. */
export function operationFinding(place: Place, { node, own }: CheckedNode, tolerance: number): Finding {
  const { ratio, worst } = own
  const excess = ratio === Number.POSITIVE_INFINITY ? 'though it must be exact' : `${short(ratio)} times its bound`
  const element = worst === undefined ? '' : elementText(worst)
  const sentence = `${place.backend}: ${node.op} "${node.name}" is wrong, ${excess}${element} (step ${place.step})`
  return findingAt(place, 'operation', sentence, {
    ...nodeDetails(node),
    measured: ratio,
    tolerance,
    toleranceName: 'ops',
  })
}

/** An operation that loses precision without exceeding its bound. */
export function driftFinding(place: Place, { node, own }: CheckedNode, tolerance: number): Finding {
  const sentence =
    `${place.backend}: ${node.op} "${node.name}" is less precise than its dtype: its errors together are ` +
    `${short(own.drift)} times what independent roundings reach (step ${place.step})`
  return findingAt(place, 'drift', sentence, {
    ...nodeDetails(node),
    measured: own.drift,
    tolerance,
    toleranceName: 'drift',
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

/** Nodes beyond their bound, in the order of the program. */
export function wrongNodes({ nodes }: CheckedStep, { ops }: Tolerances): CheckedNode[] {
  return nodes.filter(({ own }) => own.ratio > ops)
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
