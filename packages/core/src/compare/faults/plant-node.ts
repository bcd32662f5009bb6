/**
 * Plants a wrong operation: draws the node among those where the kind is possible, the part of its result that is wrong
 * and the moments at which it is.
 */
import type { OpName } from '../../ir/ops/index.js'
import {
  concreteShape,
  type Program,
  type ProgramNode,
  type TensorType,
  type ValueId,
  valueTypes,
} from '../../ir/program.js'
import type { RandomStream } from '../../random/stream.js'
import { elementCount } from '../../tensor.js'
import { type Alteration, altering, type Application } from './altered-nodes.js'
import { type Blame, columnsOf, drawn, type FaultKind, type Site } from './fault.js'

/** A kind of wrong operation. */
export interface NodeRow {
  readonly id: string
  readonly about: string
  readonly at: readonly OpName[]
  /** Where absent, in all. */
  readonly stages?: readonly string[]
  /** True where it is possible at a node with these operands. */
  readonly fits?: (node: ProgramNode, inputs: readonly TensorType[]) => boolean
  readonly alter: Alteration
  /** True where the kind says itself which elements and which moments are wrong. */
  readonly isWhole?: boolean
  /** True where what is wrong depends on the calls before: two runs of one step may differ. */
  readonly isLate?: boolean
}

/** Rows of kinds at the same operations: what goes wrong, and how; under their ids. */
export function rowsAt(
  at: readonly OpName[],
  rows: Readonly<Record<string, readonly [about: string, alter: Alteration, more?: Partial<NodeRow>]>>,
): NodeRow[] {
  return Object.entries(rows).map(([id, [about, alter, more]]) => ({ id, about, at, alter, ...more }))
}

/** Elements, by their number and by the shape. */
interface Region {
  readonly about: string
  readonly holds: (flat: number, shape: readonly number[]) => boolean
}

/** Applications at which the fault is there. */
interface Moment {
  readonly about: string
  readonly holds: (application: Application) => boolean
  /** Two runs of one step differ. */
  readonly isLate?: boolean
}

const everywhere: Region = { about: '', holds: () => true }
const always: Moment = { about: '', holds: () => true }

/** All elements, or those behind a block, of one row, of one column. */
function drawRegion(random: RandomStream, shape: readonly number[]): Region {
  const total = elementCount(shape)
  const columns = columnsOf(shape)
  const rows = total / columns
  const [kind, at] = [random.below(10), random.word()]
  const block = 2 ** (at % Math.max(1, Math.floor(Math.log2(total))))
  if (total < 2 || kind < 5) return everywhere
  if (kind < 7) return { about: `behind the first ${block} elements`, holds: (flat) => flat >= block }
  if (kind === 7) {
    const row = at % rows
    return { about: `in row ${row}`, holds: (flat) => Math.floor(flat / columns) === row }
  }
  if (kind === 8) {
    const column = at % columns
    return { about: `in column ${column}`, holds: (flat) => flat % columns === column }
  }
  const first = Math.max(0, total - 1 - (at % 4))
  return { about: `in the last ${total - first} elements`, holds: (flat) => flat >= first }
}

/** Mostly always; or from a call on, or only where the batch is not whole, or only where it is. */
function drawMoment({ plan, random }: Site): Moment {
  const [kind, call] = [random.below(16), 1 + random.below(2)]
  const { batchSize } = plan.batches
  if (kind === 0) return { about: `after ${call} calls`, holds: (one) => one.call >= call, isLate: true }
  if (plan.partialStep === undefined || kind > 2) return always
  if (kind === 1) return { about: 'of a batch that is not whole', holds: ({ batch }) => batch !== batchSize }
  return { about: 'of whole batches', holds: ({ batch }) => batch === batchSize }
}

interface Candidate {
  readonly node: ProgramNode
  readonly program: Program
}

function candidatesOf({ at, stages, fits }: NodeRow, { programs }: Site): Candidate[] {
  const found = new Map<string, Candidate>()
  for (const program of programs) {
    const types = valueTypes(program)
    const typeOf = (id: ValueId) => types.get(id) as TensorType
    for (const node of program.nodes) {
      const isThere = at.includes(node.op) && (stages === undefined || stages.includes(node.stage))
      if (!isThere || found.has(node.name) || fits?.(node, node.inputs.map(typeOf)) === false) continue
      found.set(node.name, { node, program })
    }
  }
  return [...found.values()]
}

function blameOf({ op, layer, stage }: ProgramNode): Blame {
  return { operation: op, layer, stage }
}

function altered({ alter }: NodeRow, region: Region, moment: Moment): Alteration {
  return (one) => {
    if (!moment.holds(one)) return one.right
    const wrong = alter(one)
    return region === everywhere ? wrong : one.right.map((x, i) => (region.holds(i, one.shape) ? Number(wrong[i]) : x))
  }
}

/** One in so many faults is in several nodes where it is possible, at most so many. */
const SPREAD = 8
const MOST_PLACES = 6

/** The kind of a row. */
export function nodeKind(row: NodeRow): FaultKind {
  return {
    id: row.id,
    about: row.about,
    plant: (site) => {
      const { random, plan } = site
      const candidates = candidatesOf(row, site)
      const one = drawn(random, candidates)
      if (one === undefined) return undefined
      const first = random.below(candidates.length)
      const several = candidates.slice(first, first + MOST_PLACES)
      const chosen = random.below(SPREAD) === 0 ? several : [one]
      const { shape } = one.node.type
      const isFree = row.isWhole !== true
      const isSpread = chosen.length > 1
      const region = isFree && !isSpread ? drawRegion(random, concreteShape(shape, plan.batches.batchSize)) : everywhere
      const moment = isFree ? drawMoment(site) : always
      const where = chosen.map(({ node }) => `"${node.name}"`).join(' and ')
      return {
        place: [where, region.about, moment.about].filter((part) => part !== '').join(', '),
        blamed: [
          ...chosen.map(({ node }) => blameOf(node)),
          ...(moment.isLate === true || row.isLate === true ? [{ kind: 'nondeterminism' }, { kind: 'scan' }] : []),
        ],
        backend: altering(new Set(chosen.map(({ node }) => node.name)), altered(row, region, moment)),
      }
    },
  }
}
