/**
 * What one step of one backend amounts to, in findings. The rule is "small in, large out": an operation that is wrong on
 * its own inputs is the one at fault, and what is off behind it follows from it. What is off without any operation
 * being wrong is either rounding that the network amplifies, or was done to the results outside the operations.
 */
import { bitDifferences } from './bits.js'
import type { ValueId } from '../ir/program.js'
import {
  driftFinding,
  operationFinding,
  type Place,
  short,
  stageTolerance,
  wiringFindings,
  wrongNodes,
} from './node-findings.js'
import type { BackendPass, NodeFinding } from './pass.js'
import { allowedAngle, allowedFor, isOut, noiseFloor, type Quantity } from './quantities.js'
import type { PlainStep } from './step-outputs.js'
import type { Tolerances } from './tolerances.js'
import type { Finding } from './verdict.js'

/** One step of one backend: as users run it, looked into (unless it cannot be), and measured. */
export interface JudgedStep {
  readonly plain: PlainStep
  readonly pass: BackendPass | undefined
  readonly quantities: readonly Quantity[]
}

const nouns: Readonly<Record<Quantity['kind'], string>> = {
  loss: 'the loss',
  gradient: 'the gradient of',
  update: 'the change of',
  state: 'the state',
}

/** A quantity that is out of tolerance; `why` ends the sentence. */
export function quantityFinding(place: Place, quantity: Quantity, tolerances: Tolerances, why: string): Finding {
  const { kind, name, layer, stage, error, angle = 0, size } = quantity
  const allowed = allowedFor(quantity, tolerances)
  const turned = error <= allowed
  const [measured, tolerance] = turned ? [angle, allowedAngle(quantity, tolerances)] : [error, allowed]
  const what = kind === 'loss' ? nouns.loss : `${nouns[kind]} "${name}"`
  const off = turned ? `points elsewhere: 1 - cosine is ${short(measured)}` : `is off by ${short(measured)} of itself`
  return {
    severity: 'fault',
    kind,
    ...place,
    stage,
    ...(layer === '' ? {} : { layer }),
    tensor: name,
    measured,
    tolerance,
    toleranceName: turned ? 'cosine' : kind,
    sentence: `${place.backend}: ${what} ${off} (norm ${short(size)}, tolerance ${short(tolerance)}, step ${place.step})${why}`,
  }
}

/** What was returned otherwise when the step was run again. */
function repetitionFindings(place: Place, { repeated }: PlainStep): Finding[] {
  const [first] = repeated
  if (first === undefined) return []
  const where = first.index.length === 0 ? '' : ` at [${first.index.join(',')}]`
  return [
    {
      severity: 'fault',
      kind: 'nondeterminism',
      ...place,
      tensor: first.name,
      sentence:
        `${place.backend} is not deterministic: the same step twice gives "${first.name}"${where} as ` +
        `${first.a} and as ${first.b} (${first.count} elements differ, step ${place.step})`,
    },
  ]
}

/** Whether the tapped program returned what the plain ones did, bit for bit. */
function observationFindings(place: Place, { plain, pass }: JudgedStep): Finding[] {
  if (pass === undefined) return []
  const { carry, ys } = pass.result
  const plainYs = { ...plain.gradients.ys, ...plain.step.ys }
  const [first] = [...bitDifferences(plainYs, ys), ...bitDifferences(plain.step.carry, carry)]
  if (first === undefined) return []
  return [
    {
      severity: 'remark',
      kind: 'observation',
      ...place,
      tensor: first.name,
      sentence:
        `${place.backend}: observing changes the result: "${first.name}" at [${first.index.join(',')}] is ${first.a} ` +
        `alone and ${first.b} with intermediate values as outputs; the runtime fuses differently (step ${place.step})`,
    },
  ]
}

/** The first node that is out of its stage's tolerance while all that it reads is in. */
function firstOut({ nodes }: BackendPass, tolerances: Tolerances): NodeFinding | undefined {
  const out = new Set<ValueId>()
  for (const found of nodes) {
    const { node, whole, noise } = found
    const allowed = Math.max(tolerances[stageTolerance[node.stage]], noiseFloor(noise, tolerances))
    if (whole <= allowed) continue
    if (!node.inputs.some((id) => out.has(id))) return found
    out.add(node.id)
  }
  return undefined
}

function amplificationOf(place: Place, { node, whole }: NodeFinding, tolerances: Tolerances): Finding {
  const { op: operation, name, layer, stage } = node
  const toleranceName = stageTolerance[stage]
  return {
    severity: 'remark',
    kind: 'amplification',
    ...place,
    operation,
    node: name,
    stage,
    ...(layer === '' ? {} : { layer }),
    measured: whole,
    tolerance: tolerances[toleranceName],
    toleranceName,
    sentence:
      `${place.backend}: ${operation} "${name}" is off by ${short(whole)} of itself (step ${place.step}); ` +
      'every operation is within its rounding bound, so the network amplifies rounding here',
  }
}

/** Gradients of another differentiation than the program's, further from it than rounding explains. */
function foreignFindings(place: Place, out: readonly Quantity[], tolerances: Tolerances): Finding[] {
  const why = '; the backend differentiates by itself, and not as the program does: one of the two is wrong'
  const gradients = out.filter(({ kind }) => kind === 'gradient')
  return gradients.map((quantity) => quantityFinding(place, quantity, tolerances, why))
}

/** What stands behind values that are out when no operation is wrong. */
function unexplainedFindings(
  place: Place,
  judged: JudgedStep,
  out: readonly Quantity[],
  tolerances: Tolerances,
): Finding[] {
  const [first] = out
  const node = judged.pass === undefined ? undefined : firstOut(judged.pass, tolerances)
  if (first === undefined && node === undefined) return []
  const drifting = judged.pass?.nodes.find(({ own }) => own.drift > tolerances.drift)
  if (drifting !== undefined) return [driftFinding(place, drifting, tolerances.drift)]
  if (node?.isForeign === true) return foreignFindings(place, out, tolerances)
  const isLookedInto = judged.pass !== undefined && observationFindings(place, judged).length === 0
  if (!isLookedInto) {
    return out.map((quantity) => quantityFinding(place, quantity, tolerances, '; no operation could be singled out'))
  }
  if (node !== undefined) return [amplificationOf(place, node, tolerances)]
  const why = '; every operation is within its rounding bound, so the network amplifies rounding here'
  return out.slice(0, 1).map((quantity) => ({
    ...quantityFinding(place, quantity, tolerances, why),
    severity: 'remark',
    kind: 'amplification',
  }))
}

/** The findings of one step of one backend, gravest cause first. */
export function judgeStep(place: Place, judged: JudgedStep, tolerances: Tolerances): Finding[] {
  const [wrong] = judged.pass === undefined ? [] : wrongNodes(judged.pass, tolerances)
  const wiring = judged.pass === undefined ? [] : wiringFindings(place, judged.pass)
  const repetition = repetitionFindings(place, judged.plain)
  const operations = wrong === undefined ? [] : [operationFinding(place, wrong, tolerances.ops)]
  const isExplained = operations.length > 0 || wiring.length > 0 || repetition.length > 0
  const out = judged.quantities.filter((quantity) => isOut(quantity, tolerances))
  return [
    ...operations,
    ...wiring,
    ...repetition,
    ...(isExplained ? [] : unexplainedFindings(place, judged, out, tolerances)),
    ...(repetition.length > 0 ? [] : observationFindings(place, judged)),
  ]
}
