/** Faults of the state that a step hands to the next, or a scan to the next scan: updates that are lost, repeated, of another tensor, rounded. */
import type { Program } from '../../../ir/program.js'
import { type Tensor, tensor, type TensorMap } from '../../../tensor.js'
import { scanning, type ScanChange, type StepSeen } from '../altered-scans.js'
import { type Blame, drawn, type FaultKind, type Planted, type Site } from '../fault.js'
import { formats, type Rounding } from '../formats.js'
import { type Moment, type MomentName, moments, momentTexts } from '../moments.js'

/** A tensor that a step changes, before and after it, with another one of its shape. */
interface Handed {
  readonly before: ArrayLike<number>
  readonly after: ArrayLike<number>
  readonly other: ArrayLike<number>
  /** The change that the step before made; zeros at first. */
  readonly lastChange: ArrayLike<number>
}

type Change = (handed: Handed, i: number) => number
const at = (x: ArrayLike<number>, i: number): number => Number(x[i])

const stale: Change = ({ before }, i) => at(before, i)
const twice: Change = ({ before, after }, i) => 2 * at(after, i) - at(before, i)
const halved: Change = ({ before, after }, i) => (at(after, i) + at(before, i)) / 2
const reversed: Change = ({ before, after }, i) => 2 * at(before, i) - at(after, i)
const lagging: Change = ({ before, lastChange }, i) => at(before, i) + at(lastChange, i)
const ofOther: Change = ({ other }, i) => at(other, i)
const zeroed: Change = () => 0
const firstOnly: Change = ({ before, after }, i) => at(i === 0 ? after : before, i)
const lastStale: Change = ({ before, after }, i) => at(i === after.length - 1 ? before : after, i)
const behindBlock: Change = ({ before, after }, i) => at(i < 16 ? after : before, i)
const neighbours: Change = ({ after }, i) => at(after, (i + 1) % after.length)
const reordered: Change = ({ after }, i) => at(after, after.length - 1 - i)
const scaled: Change = ({ after }, i) => 1.0001 * at(after, i)
const clipped: Change = ({ after }, i) => Math.max(-0.05, Math.min(0.05, at(after, i)))
const absorbed: Change = ({ before, after }, i) =>
  Math.abs(at(after, i) - at(before, i)) < 2 ** -8 * Math.abs(at(before, i)) ? at(before, i) : at(after, i)
const inFormat =
  (round: Rounding): Change =>
  ({ after }, i) =>
    round(at(after, i))

const lost = 'leaves as it came in'
const repeated = 'changes twice as much as it should'

/** Id, what becomes of a tensor that is carried, how, when. */
const rows: readonly (readonly [id: string, about: string, change: Change, when: MomentName])[] = [
  ['stale-weight', lost, stale, 'always'],
  ['lost-update', lost, stale, 'long'],
  ['lost-update-at-a-step', lost, stale, 'step'],
  ['lost-last-update', lost, stale, 'last'],
  ['lost-every-other-update', lost, stale, 'everyOther'],
  ['lost-updates-but-the-first', lost, stale, 'later'],
  ['lost-update-of-partial-batch', lost, stale, 'partial'],
  ['lost-update-after-first-scan', lost, stale, 'secondScan'],
  ['repeated-update', repeated, twice, 'always'],
  ['repeated-update-in-long-scans', repeated, twice, 'long'],
  ['repeated-update-at-a-step', repeated, twice, 'step'],
  ['repeated-last-update', repeated, twice, 'last'],
  ['repeated-update-of-partial-batch', repeated, twice, 'partial'],
  ['repeated-update-after-first-scan', repeated, twice, 'secondScan'],
  ['update-halved', 'changes half as much as it should', halved, 'always'],
  ['update-halved-at-a-step', 'changes half as much as it should', halved, 'step'],
  ['update-reversed', 'changes the other way', reversed, 'always'],
  ['update-reversed-in-long-scans', 'changes the other way', reversed, 'long'],
  ['update-lags', 'changes as the step before said', lagging, 'later'],
  ['state-of-another-layer', 'becomes what another one of its shape became', ofOther, 'always'],
  ['state-of-another-layer-at-a-step', 'becomes what another one of its shape became', ofOther, 'step'],
  ['state-of-another-layer-at-last', 'becomes what another one of its shape became', ofOther, 'last'],
  ['state-zeroed', 'becomes zero', zeroed, 'always'],
  ['state-zeroed-in-long-scans', 'becomes zero', zeroed, 'long'],
  ['only-first-element-updated', 'changes in its first element alone', firstOnly, 'always'],
  ['last-element-not-updated', 'does not change in its last element', lastStale, 'always'],
  ['last-element-lost-in-long-scans', 'does not change in its last element', lastStale, 'long'],
  ['only-first-block-updated', 'changes in its first 16 elements alone', behindBlock, 'always'],
  ['elements-shifted', 'leaves with each element in the place of the one before', neighbours, 'always'],
  ['elements-reversed-at-last', 'leaves with its elements in the other order', reordered, 'last'],
  ['state-scaled', 'leaves a ten-thousandth too large', scaled, 'always'],
  ['state-clipped', 'leaves with its elements held within -0.05 and 0.05', clipped, 'always'],
  ['small-updates-absorbed', 'does not change where the change is small', absorbed, 'always'],
  ...Object.entries(formats).map(
    ([name, round]) => [`kept-in-${name}`, `is kept in ${name}`, inFormat(round), 'always'] as const,
  ),
  ['kept-in-bfloat16-between-scans', 'leaves a scan in bfloat16', inFormat(formats['bfloat16'] as Rounding), 'last'],
]

/** The names of what a program carries and changes. */
export function changedBy({ inputs, outputs }: Program): string[] {
  const entering = new Map(inputs.carry.map(({ name, id }) => [name, id]))
  return outputs.carry.filter(({ name, value }) => entering.get(name) !== value).map(({ name }) => name)
}

/** The layer or parameter that something carried belongs to. */
export function ownerOf(name: string): string {
  return name.split('/')[0] ?? name
}

/** Findings that a fault in the moment may be told as, beside the one that names the tensor. */
export function aside({ isLate = false }: Moment): Blame[] {
  return isLate ? [{ kind: 'nondeterminism' }] : []
}

function differences(after: ArrayLike<number>, before: ArrayLike<number>): Float64Array {
  return Float64Array.from(after).map((x, i) => x - at(before, i))
}

/** The carry with one tensor changed. */
function handing(name: string, other: string, change: Change, moment: Moment): ScanChange {
  return {
    concerns: (program) => changedBy(program).includes(name),
    leaves: (step, out) => {
      const [before, after] = [step.carry[name] as Tensor, out.carry[name] as Tensor]
      const lastChange = step.memory.get('change')?.[name]?.data ?? new Float64Array(after.data.length)
      const made = tensor('float64', after.shape, differences(after.data, before.data))
      step.memory.set('change', { [name]: made })
      if (!moment.holds(step)) return out
      const seen = { before: before.data, after: after.data, other: out.carry[other]?.data ?? [], lastChange }
      const data = Float64Array.from(after.data).map((_, i) => change(seen, i))
      return { ...out, carry: { ...out.carry, [name]: tensor(after.dtype, after.shape, data) } }
    },
  }
}

/** A tensor that a step changes, and another of its shape. */
function drawPair({ programs: [program], random }: Site, needsOther: boolean): readonly [string, string] | undefined {
  if (program === undefined) return undefined
  const types = new Map(program.inputs.carry.map(({ name, type }) => [name, type]))
  const shapeOf = (name: string) => types.get(name)?.shape.join()
  const all = changedBy(program)
  const pairs = all.map(
    (name) =>
      [
        name,
        drawn(
          random,
          all.filter((one) => one !== name && shapeOf(one) === shapeOf(name)),
        ) ?? '',
      ] as const,
  )
  return drawn(random, needsOther ? pairs.filter(([, other]) => other !== '') : pairs)
}

function carryKind([id, about, change, when]: (typeof rows)[number]): FaultKind {
  return {
    id,
    about: `something carried ${about} ${momentTexts[when]}`.trim(),
    plant: (site) => {
      const pair = drawPair(site, change === ofOther)
      const moment = moments[when](site)
      if (pair === undefined || moment === undefined) return undefined
      const [name, other] = pair
      const source = change === ofOther ? ` ("${other}")` : ''
      return {
        place: `"${name}" ${about}${source} ${moment.about}`,
        blamed: [{ stage: 'state', layer: ownerOf(name) }, ...aside(moment)],
        backend: scanning(handing(name, other, change, moment)),
      }
    },
  }
}

/** Whatever reads what is carried, or is told of it as a whole. */
function anyState({ programs: [program] }: Site): Blame[] {
  const carried = new Set(program?.inputs.carry.map(({ id }) => id))
  const readers = program?.nodes.filter(({ inputs }) => inputs.some((id) => carried.has(id))) ?? []
  return [
    { stage: 'state' },
    { kind: 'scan' },
    { kind: 'nondeterminism' },
    ...readers.map(({ op, layer, stage }) => ({ operation: op, layer, stage })),
  ]
}

/** Everything that is carried, from another place. */
function starting(id: string, about: string, carry: (step: StepSeen) => TensorMap, isLate: boolean): FaultKind {
  return {
    id,
    about,
    plant: (site): Planted | undefined => {
      if ((site.longestScan < 2 && !isLate) || site.programs[0] === undefined) return undefined
      if (changedBy(site.programs[0]).length === 0) return undefined
      const concerns = (program: Program): boolean => changedBy(program).length > 0
      return {
        place: about,
        blamed: isLate ? anyState(site) : [{ stage: 'state' }],
        backend: scanning({ concerns, enters: (step) => ({ carry: carry(step), x: step.x }) }),
      }
    },
  }
}

function remembered(step: StepSeen, key: string): TensorMap {
  const known = step.memory.get(key)
  if (known === undefined) step.memory.set(key, step.start)
  return known ?? step.start
}

const wholes: readonly FaultKind[] = [
  starting(
    'stale-carry',
    'every step of a scan starts from the carry that the scan was given',
    ({ start }) => start,
    false,
  ),
  starting(
    'scan-starts-from-first',
    'every scan starts from the carry that the first one was given',
    (step) => (step.index === 0 ? remembered(step, 'first') : step.carry),
    true,
  ),
  starting(
    'scan-starts-from-last',
    'a scan starts from the carry that the one before was given',
    (step) => {
      if (step.index > 0) return step.carry
      const last = step.memory.get('last') ?? step.start
      step.memory.set('last', step.start)
      return last
    },
    true,
  ),
]

/** Two results of one shape in each other's place. */
const swapped: FaultKind = {
  id: 'swapped-states',
  about: "two things carried of one shape leave a step in each other's place",
  plant: (site) => {
    const pair = drawPair(site, true)
    if (pair === undefined) return undefined
    const [a, b] = pair
    return {
      place: `"${a}" and "${b}"`,
      blamed: pair.map((name) => ({ stage: 'state', layer: ownerOf(name) })),
      backend: scanning({
        concerns: (program) => pair.every((name) => changedBy(program).includes(name)),
        leaves: (_, out) => ({
          ...out,
          carry: { ...out.carry, [a]: out.carry[b] as Tensor, [b]: out.carry[a] as Tensor },
        }),
      }),
    }
  },
}

/** Every kind. */
export const carryKinds: readonly FaultKind[] = [...rows.map(carryKind), ...wholes, swapped]
