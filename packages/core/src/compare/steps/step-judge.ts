/**
 * Judges one step of one backend. The rule is "small in, large out": an operation that is wrong on
 * its own inputs is the one at fault, and what is off behind it follows from it. What is off without any operation
 * being wrong is either rounding that the network amplifies, or was done to the results outside the operations.
 */
import { neededValues, type ValueId } from '../../ir/program.js'
import { bitDifferences } from '../../numerics/bits.js'
import { findingAt, type Place, short } from '../findings.js'
import type { CheckedNode, CheckedStep } from '../operations/node-check.js'
import {
  nodeDetails,
  operationFinding,
  stageTolerance,
  wiringFindings,
  wrongNodes,
} from '../operations/node-findings.js'
import { type Excess, isGiven, type ToleranceName, type Tolerances } from '../tolerances.js'
import type { Finding } from '../verdict.js'
import type { PlainStep } from './plain-step.js'
import { allowedError, excessesOf, type Quantity } from './quantities.js'

/** One step of one backend: as users run it, node by node (unless it cannot be observed), and measured. */
export interface JudgedStep {
  readonly plain: PlainStep
  readonly checked: CheckedStep | undefined
  readonly quantities: readonly Quantity[]
  /** Distances of sound steps that round otherwise, quantity by quantity; measured once something is out. */
  readonly noise?: readonly number[]
}

const withinBounds = '; every operation is within its rounding bound'
const amplified = `${withinBounds}, so the network amplifies rounding here`

const unsingled = '; no operation could be singled out'
const amplifiedByStep = '; sound steps that round otherwise are as far off: the training amplifies rounding here'

const nouns: Readonly<Record<Exclude<Quantity['kind'], 'loss'>, string>> = {
  gradient: 'the gradient of',
  update: 'the change of',
  state: 'the state',
}

/** A difference that is so many times the thing itself says nothing of it: it is told beside what float64 gives. */
const FAR = 10

/** The distance of a quantity, and its limit. */
function offText({ kind, size }: Quantity, { measured, tolerance, toleranceName }: Excess, { step }: Place): string {
  const at = `step ${step})`
  if (toleranceName === 'cosine')
    return `points elsewhere: 1 - cosine is ${short(measured)} (norm ${short(size)}, tolerance ${short(tolerance)}, ${at}`
  const what = kind === 'loss' ? 'value' : 'norm'
  // The error of a quantity that is 0 is infinite beside it, whatever came.
  if (size === 0) return `is not 0, which float64 gives (${what} 0, tolerance ${short(tolerance)}, ${at}`
  if (!Number.isFinite(measured))
    return `is ${Number.isFinite(size) ? 'not finite, unlike' : 'not what it is'} in float64 (${at}`
  if (measured <= FAR)
    return `is off by ${short(measured)} of itself (norm ${short(size)}, tolerance ${short(tolerance)}, ${at}`
  const limit = `tolerance ${short(tolerance * size)}`
  return `is off by ${short(measured * size)} where float64 gives ${short(size)} (${what}; ${limit}, ${at}`
}

/** A quantity that is out of tolerance; `why` ends the sentence. */
export function quantityFinding(place: Place, quantity: Quantity, excess: Excess, why: string): Finding {
  const { kind, name, layer, stage } = quantity
  const what = kind === 'loss' ? `the ${name}` : `${nouns[kind]} "${name}"`
  const off = offText(quantity, excess, place)
  return findingAt(place, kind, `${place.backend}: ${what} ${off}${why}`, {
    stage,
    layer,
    tensor: name,
    ...excess,
  })
}

/** A quantity that is out, with the first measure in which it is. */
export interface QuantityOutOfTolerance {
  readonly quantity: Quantity
  readonly excess: Excess
}

/** Quantities that are out of tolerance; `counts` chooses among the tolerances. */
export function outOfTolerance(
  quantities: readonly Quantity[],
  tolerances: Tolerances,
  counts: (name: ToleranceName) => boolean = () => true,
): QuantityOutOfTolerance[] {
  return quantities.flatMap((quantity) => {
    const excess = excessesOf(quantity, tolerances).find(({ toleranceName }) => counts(toleranceName))
    return excess === undefined ? [] : [{ quantity, excess }]
  })
}

/** A difference between two runs of the same step. */
function repetitionFindings(place: Place, { repeated }: PlainStep): Finding[] {
  return repeated.slice(0, 1).map(({ name, index, a, b, count }) => {
    const where = index.length === 0 ? '' : ` at [${index.join(',')}]`
    const sentence =
      `${place.backend} is not deterministic: the same step twice gives "${name}"${where} as ` +
      `${a} and as ${b} (${count} elements differ, step ${place.step})`
    return findingAt(place, 'nondeterminism', sentence, { tensor: name })
  })
}

/** A difference in bits between the tapped program and the plain ones. */
function observationFindings(place: Place, { plain, checked }: JudgedStep): Finding[] {
  if (checked === undefined) return []
  const { carry, ys } = checked.result
  // The gradients program has the outputs of probes as well, which the tapped one has not.
  const both = Object.entries({ ...plain.gradients.ys, ...plain.step.ys }).filter(([name]) => Object.hasOwn(ys, name))
  const found = [...bitDifferences(Object.fromEntries(both), ys), ...bitDifferences(plain.step.carry, carry)]
  return found.slice(0, 1).map(({ name, index, a, b }) => {
    const sentence =
      `${place.backend}: observing changes the result: "${name}" at [${index.join(',')}] is ${a} ` +
      `alone and ${b} with intermediate values as outputs; the runtime fuses differently (step ${place.step})`
    return findingAt(place, 'observation', sentence, { severity: 'remark', tensor: name })
  })
}

/** The nodes that are out of their stage's tolerance. */
function nodesOut({ nodes }: CheckedStep, tolerances: Tolerances): CheckedNode[] {
  return nodes.filter(
    ({ node, whole, noise }) => !(whole <= allowedError(stageTolerance(node.stage), noise, tolerances)),
  )
}

/** The first node that is out while all that it reads is in. */
function firstOut(checked: CheckedStep, tolerances: Tolerances): CheckedNode | undefined {
  const found = nodesOut(checked, tolerances)
  const out = new Set<ValueId>(found.map(({ node }) => node.id))
  return found.find(({ node }) => !node.inputs.some((id) => out.has(id)))
}

function amplificationOf(place: Place, found: CheckedNode, tolerances: Tolerances, why: string): Finding {
  const { node, whole, noise } = found
  const toleranceName = stageTolerance(node.stage)
  const tolerance = allowedError(toleranceName, noise, tolerances)
  const off = `is off by ${short(whole)} of itself (tolerance ${short(tolerance)}, step ${place.step})`
  return findingAt(place, 'amplification', `${place.backend}: ${node.op} "${node.name}" ${off}${why}`, {
    severity: 'remark',
    ...nodeDetails(node),
    measured: whole,
    tolerance,
    toleranceName,
  })
}

/** Findings of quantities that are out of tolerance. */
function quantityFindings(place: Place, out: readonly QuantityOutOfTolerance[], why: string): Finding[] {
  return out.map(({ quantity, excess }) => quantityFinding(place, quantity, excess, why))
}

/** Of the stages that no quantity stands for, the node furthest off one's tolerance, if that was set by hand. */
function givenNodeFindings(place: Place, checked: CheckedStep, tolerances: Tolerances): Finding[] {
  const out = nodesOut(checked, tolerances)
  return (['forward', 'activationGradient'] as const).flatMap((name) => {
    const own = isGiven(name, tolerances) ? out.filter(({ node }) => stageTolerance(node.stage) === name) : []
    const [first] = own
    const [worst] = own.toSorted((a, b) => b.whole - a.whole)
    if (first === undefined || worst === undefined) return []
    const since = first === worst ? '' : `, and "${first.node.name}" is the first that is out`
    return [{ ...amplificationOf(place, worst, tolerances, `${withinBounds}${since}`), severity: 'fault' as const }]
  })
}

/** Values that exceed a tolerance set by hand. */
function givenFindings(place: Place, quantities: readonly Quantity[], checked: CheckedStep, tolerances: Tolerances) {
  const out = outOfTolerance(quantities, tolerances, (name) => isGiven(name, tolerances))
  return [...givenNodeFindings(place, checked, tolerances), ...quantityFindings(place, out, withinBounds)]
}

/** The value that exceeds a default where no operation is wrong. */
function amplificationFindings(
  place: Place,
  out: readonly QuantityOutOfTolerance[],
  node: CheckedNode | undefined,
  tolerances: Tolerances,
): Finding[] {
  const quantities = quantityFindings(place, out.slice(0, 1), amplified)
  const found: readonly Finding[] =
    node === undefined
      ? quantities.map((finding) => ({ ...finding, severity: 'remark', kind: 'amplification' }))
      : [amplificationOf(place, node, tolerances, amplified)]
  return found.filter(({ toleranceName }) => toleranceName === undefined || !isGiven(toleranceName, tolerances))
}

/** The node and all whose results reach it, in the order of the program. */
function leadingTo(last: CheckedNode, { nodes }: CheckedStep): CheckedNode[] {
  const needed = neededValues(
    nodes.map(({ node }) => node),
    [last.node.id],
  )
  return nodes.filter(({ node }) => needed.has(node.id))
}

/** Share of the error of a node that something must make to be its cause. */
const EXPLAINS = 0.1

/** Of a node that is out, the first before it whose results vanish below the range of their dtype, if that explains it. */
function underflowFindings(place: Place, out: CheckedNode, checked: CheckedStep): Finding[] {
  const first = leadingTo(out, checked).find(({ own }) => own.underflow > EXPLAINS * out.whole)
  if (first === undefined) return []
  const { op, name, type } = first.node
  const sentence =
    `${place.backend}: values have underflowed at step ${place.step}: results of ${op} "${name}" are below the ` +
    `range of ${type.dtype}, and what follows from them has lost its digits`
  return [findingAt(place, 'underflow', sentence, { severity: 'remark', ...nodeDetails(first.node) })]
}

/** A state that is off by so much of itself, by rounding alone, says little of the update that is made from it. */
const DROWNED = 0.1

/** Sound steps that are off by more than this multiple of a quantity make all of it by rounding. */
const ALL_ROUNDING = 1

/**
 * True where rounding alone explains the error of a quantity. Of one that is nothing but rounding, amplified by layer after layer, a few
 * sound steps do not tell how large it may come out: their sizes are powers of ten apart.
 */
function isOfRounding({ kind, error }: Quantity, noise: number | undefined, tolerances: Tolerances): boolean {
  return noise !== undefined && (noise >= ALL_ROUNDING || error <= allowedError(kind, noise, tolerances))
}

/**
 * Values that no operation was held against as they were computed: of a backend that cannot be observed, that differentiates by
 * itself, or whose runtime fuses otherwise. Where rounding alone moves sound steps as far, that is a remark.
 */
function unseenFindings(
  place: Place,
  { quantities, noise = [] }: JudgedStep,
  out: readonly QuantityOutOfTolerance[],
  tolerances: Tolerances,
  why: string,
): Finding[] {
  const ofRounding = quantities.filter((each, i) => isOfRounding(each, noise[i], tolerances))
  // An update may have a threshold between states that are all rounding, which few of them cross.
  const isOfDrowned = ({ kind, name }: Quantity): boolean =>
    kind === 'update' &&
    ofRounding.some((own) => own.kind === 'state' && own.name.startsWith(`${name}/`) && own.error > DROWNED)
  const isExplained = ({ quantity, excess }: QuantityOutOfTolerance): boolean =>
    !isGiven(excess.toleranceName, tolerances) && (ofRounding.includes(quantity) || isOfDrowned(quantity))
  const unexplained = out.filter((each) => !isExplained(each))
  const [first] = quantityFindings(place, out.filter(isExplained).slice(0, 1), amplifiedByStep)
  const remarks = first === undefined ? [] : [{ ...first, severity: 'remark', kind: 'amplification' } as const]
  return [...quantityFindings(place, unexplained, why), ...remarks]
}

/** Gradients of another differentiation than the program's, further from it than rounding explains. */
function foreignFindings(
  place: Place,
  judged: JudgedStep,
  out: readonly QuantityOutOfTolerance[],
  tolerances: Tolerances,
): Finding[] {
  const why = '; the backend differentiates by itself, and not as the program does: one of the two is wrong'
  const gradients = out.filter(({ quantity }) => quantity.kind === 'gradient')
  return unseenFindings(place, judged, gradients, tolerances, why)
}

/** Causes of values that are out of tolerance when no operation is wrong. */
function unexplainedFindings(place: Place, judged: JudgedStep, tolerances: Tolerances): Finding[] {
  const { checked, quantities } = judged
  // The float64 evaluation goes on where the range of the dtype ends, so nothing can be said of what follows.
  if (checked?.nodes.some(({ own }) => own.overflows) === true) return []
  const out = outOfTolerance(quantities, tolerances)
  const node = checked === undefined ? undefined : firstOut(checked, tolerances)
  if (out.length === 0 && node === undefined) return []
  if (node?.isForeign === true) return foreignFindings(place, judged, out, tolerances)
  if (checked === undefined || observationFindings(place, judged).length > 0) {
    return unseenFindings(place, judged, out, tolerances, unsingled)
  }
  const underflow = node === undefined ? [] : underflowFindings(place, node, checked)
  return [
    ...givenFindings(place, quantities, checked, tolerances),
    ...underflow,
    // What is held to a declared precision is off by it, and that it is held to it is told.
    ...(underflow.length > 0 || checked.nodes.some(({ own }) => own.like !== undefined)
      ? []
      : amplificationFindings(place, out, node, tolerances)),
  ]
}

/** The findings of one step of one backend, gravest cause first. */
export function judgeStep(place: Place, judged: JudgedStep, tolerances: Tolerances): Finding[] {
  const { checked, plain } = judged
  const wrong = checked === undefined ? [] : wrongNodes(checked, tolerances).slice(0, 1)
  const repetition = repetitionFindings(place, plain)
  const causes = [
    ...wrong.map((node) => operationFinding(place, node, tolerances)),
    ...(checked === undefined ? [] : wiringFindings(place, checked)),
    ...repetition,
  ]
  return [
    ...(causes.length > 0 ? causes : unexplainedFindings(place, judged, tolerances)),
    ...(repetition.length > 0 ? [] : observationFindings(place, judged)),
  ]
}
