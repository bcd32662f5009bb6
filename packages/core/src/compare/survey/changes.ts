/** From surveys to sentences: a survey in a few figures, and the operations in which two surveys differ, with the way they do. */
import { grouped } from '../../grouped.js'
import { joined, type Survey, type SurveyedNode } from './survey.js'

/** One survey in figures. */
export interface SurveySummary {
  /** Eight hexadecimal digits: equal where every bit of every operation is, almost surely. */
  readonly digest: string
  /** The node with the largest finite error by its bound; absent where all are exact. */
  readonly worst?: SurveyedNode
  /** Of each operation that is out, the node that is furthest out: of those with a finite error, and of the others. */
  readonly failing: readonly SurveyedNode[]
  /** The precision that operations behave like: `float32`, or what is below it. */
  readonly precision: string
}

function isFinite({ error }: SurveyedNode): boolean {
  return Number.isFinite(error.ratio)
}

function furthest(nodes: readonly SurveyedNode[]): SurveyedNode | undefined {
  return nodes.reduce<SurveyedNode | undefined>(
    (worst, node) => (worst !== undefined && !(node.error.ratio > worst.error.ratio) ? worst : node),
    undefined,
  )
}

/** The figures of a survey. */
export function summaryOf({ nodes, failures }: Survey): SurveySummary {
  const text = failures.map(({ id }) => id).join('\n')
  const letters = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at))
  const digest = joined([...nodes.map(({ bits }) => bits), ...letters])
  const out = nodes.filter(({ standing }) => standing !== 'sound')
  const failing = grouped(out, (node) => [node.operation, isFinite(node)]).flatMap((own) => furthest(own) ?? [])
  const worst = furthest(nodes.filter((node) => node.error.ratio > 0 && isFinite(node)))
  const likes = failing.flatMap(({ operation, error: { like } }) =>
    like === undefined ? [] : [`${operation} ${like}`],
  )
  const below = [...new Set(likes)]
  const dtypes = [...new Set(nodes.map(({ dtype }) => dtype))].filter((dtype) => dtype.startsWith('float'))
  return {
    digest: digest.toString(16).padStart(8, '0'),
    ...(worst && { worst }),
    failing,
    precision: below.length === 0 ? dtypes.toSorted().join(' and ') : below.join(', '),
  }
}

/** `fault`: out of its bound since; `mended`: no longer; `precision`: another precision; `rounding`: other bits, within bounds. */
export type ChangeKind = 'fault' | 'precision' | 'mended' | 'rounding'

/** An operation that computes otherwise, or subjects that fail since or no longer: then `operation` is absent. */
export interface OperationChange {
  readonly kind: ChangeKind
  readonly operation?: string
  /** The node that tells most of it, or the subject. */
  readonly id: string
  /** Nodes with other bits on the same inputs. */
  readonly changed: number
  /** All nodes that had the same inputs. */
  readonly of: number
  /** The errors of the nodes that changed, in the version before. */
  readonly before?: ErrorsOfNodes
  /** Their errors in this version. */
  readonly after?: ErrorsOfNodes
  /** The message of the subject's error. */
  readonly message?: string
}

/** The errors of some nodes. */
export interface ErrorsOfNodes {
  /** The largest finite error as a fraction of its bound. */
  readonly ratio: number
  /** An element that is NaN, infinite or finite where another of these is right, or not what is exact. */
  readonly unbounded?: { readonly expected: number; readonly got: number }
}

type Pair = readonly [before: SurveyedNode, after: SurveyedNode]

function kindOf([before, after]: Pair): ChangeKind {
  if (after.standing === 'wrong' && before.standing !== 'wrong') return 'fault'
  if (after.standing === 'imprecise' && before.standing === 'sound') return 'precision'
  if (before.error.like !== after.error.like && after.standing !== 'sound') return 'precision'
  return before.standing !== 'sound' && after.standing === 'sound' ? 'mended' : 'rounding'
}

const gravity: Readonly<Record<ChangeKind, number>> = { fault: 3, precision: 2, mended: 1, rounding: 0 }

function errorsOf(nodes: readonly SurveyedNode[]): ErrorsOfNodes {
  const ratio = nodes.filter(isFinite).reduce((most, { error }) => Math.max(most, error.ratio), 0)
  const worst = nodes.find((node) => !isFinite(node))?.error.worst
  return { ratio, ...(worst && { unbounded: { expected: worst.expected, got: worst.got } }) }
}

function changeOf(pairs: readonly Pair[]): OperationChange[] {
  const changed = pairs
    .filter(([before, after]) => before.bits !== after.bits)
    .toSorted((a, b) => gravity[kindOf(b)] - gravity[kindOf(a)] || errorOf(b) - errorOf(a))
  const [first] = changed
  if (first === undefined) return []
  const [before, after] = [changed.map(([node]) => node), changed.map(([, node]) => node)]
  const { operation, id } = first[1]
  const counts = { changed: changed.length, of: pairs.length }
  return [{ kind: kindOf(first), operation, id, ...counts, before: errorsOf(before), after: errorsOf(after) }]
}

function errorOf([before, after]: Pair): number {
  return Math.max(before.error.ratio, after.error.ratio)
}

/** The failures of one survey that the other has not, as one change. */
function ownFailures(of: Survey, other: Survey, kind: ChangeKind): OperationChange[] {
  const own = of.failures.filter(({ id }) => !other.failures.some((failure) => failure.id === id))
  const [first] = own
  return first === undefined ? [] : [{ kind, ...first, changed: own.length, of: own.length }]
}

/** The operations that compute otherwise in `after` than in `before`, gravest first; what only follows from them is left out. */
export function changesBetween(before: Survey, after: Survey): OperationChange[] {
  const earlier = new Map(before.nodes.map((node) => [node.id, node]))
  const pairs = after.nodes.flatMap((node): Pair[] => {
    const same = earlier.get(node.id)
    return same?.given === node.given ? [[same, node]] : []
  })
  const changes = grouped(pairs, ([{ operation }]) => [operation]).flatMap(changeOf)
  return [...ownFailures(after, before, 'fault'), ...ownFailures(before, after, 'mended'), ...changes].toSorted(
    (a, b) => gravity[b.kind] - gravity[a.kind],
  )
}
