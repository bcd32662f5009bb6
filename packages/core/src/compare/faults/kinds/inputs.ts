/** Faults of the inputs of a step: those of another step, of another scan, masks and scalars that are not those of the step. */
import type { ProgramInput } from '../../../ir/program.js'
import { stepScalars } from '../../../plan/scalars.js'
import { type Tensor, tensor, type TensorMap } from '../../../tensor.js'
import { scanning, type StepSeen } from '../altered-scans.js'
import { type Blame, drawn, type FaultKind, type Site } from '../fault.js'
import { formats, type Rounding } from '../formats.js'
import { type Moment, type MomentName, moments, momentTexts } from '../moments.js'
import { aside } from './carry.js'

/** The value of an input in the place of its own. */
type Given = (step: StepSeen, name: string, own: Tensor, site: Site) => Tensor

const of = (x: TensorMap, name: string, own: Tensor): Tensor => x[name] ?? own

const first: Given = ({ xAt }, name, own) => of(xAt(0), name, own)
const previous: Given = ({ xAt, index }, name, own) => of(xAt(Math.max(0, index - 1)), name, own)
const next: Given = ({ xAt, index, count }, name, own) => of(xAt(Math.min(count - 1, index + 1)), name, own)
const mirrored: Given = ({ xAt, index, count }, name, own) => of(xAt(count - 1 - index), name, own)

/** The first value that was ever seen, as far as it goes. */
const everFirst: Given = ({ shared }, name, own) => {
  const known = shared.get(name)?.[name]
  if (known === undefined) shared.set(name, { [name]: { ...own, data: own.data.slice() } as Tensor })
  return known === undefined ? own : each(own, (_, i) => Number(known.data[i % known.data.length]))
}

function each(own: Tensor, f: (x: number, i: number) => number): Tensor {
  return tensor(own.dtype, own.shape, Float64Array.from(own.data).map(f))
}

const mapping =
  (f: (x: number, i: number, data: ArrayLike<number>) => number): Given =>
  (_, __, own) =>
    each(own, (x, i) => f(x, i, own.data))

/** The step whose scalars these are, counted from 0. */
function stepOf({ plan }: Site, name: string, value: number): number {
  const known = stepScalars(plan, 0, MOST_STEPS)[name]?.data
  return known === undefined ? -1 : known.findIndex((one) => one === value)
}

const MOST_STEPS = 200

/** The scalar of another step. */
const scalarOf =
  (other: (step: number) => number): Given =>
  (_, name, own, site) => {
    const step = stepOf(site, name, Number(own.data[0]))
    const value = step < 0 ? undefined : stepScalars(site.plan, Math.max(0, other(step)), 1)[name]
    return value === undefined ? own : tensor(own.dtype, own.shape, value.data)
  }

type Fits = (input: ProgramInput) => boolean
const any: Fits = () => true
const masks: Fits = ({ name }) => name.endsWith('.mask')
const scalars: Fits = ({ type }) => type.shape.length === 0
const rowNumbers: Fits = ({ type }) => type.dtype === 'int32' && type.shape.length === 1

/** Id, what a step is given, of which inputs, how, when. */
const rows: readonly (readonly [id: string, about: string, fits: Fits, given: Given, when: MomentName])[] = [
  ['input-of-first-step', 'is that of the first step of the scan', any, first, 'later'],
  ['input-of-previous-step', 'is that of the step before', any, previous, 'later'],
  ['input-of-next-step', 'is that of the next step', any, next, 'always'],
  ['inputs-mirrored', 'comes in the other order of steps', any, mirrored, 'always'],
  ['input-late-at-a-step', 'is that of the step before', any, previous, 'step'],
  ['input-late-at-last', 'is that of the step before', any, previous, 'last'],
  ['mask-reused', 'is that of the first step ever', masks, everFirst, 'always'],
  ['mask-of-ones', 'keeps everything', masks, mapping(() => 1), 'always'],
  ['mask-inverted', 'keeps what is to be dropped', masks, mapping((x) => 1 - x), 'always'],
  [
    'mask-shifted',
    'is off by one element',
    masks,
    mapping((_, i, data) => Number(data[(i + 1) % data.length])),
    'always',
  ],
  [
    'mask-of-first-row',
    'is the same in the second half',
    masks,
    mapping((_, i, data) => Number(data[i % Math.ceil(data.length / 2)])),
    'always',
  ],
  [
    'step-counter-off-by-one',
    'is that of the next step of the training',
    scalars,
    scalarOf((step) => step + 1),
    'always',
  ],
  ['step-counter-late', 'is that of the step before in the training', scalars, scalarOf((step) => step - 1), 'always'],
  ['step-counter-stuck', 'is that of the first step of the training', scalars, scalarOf(() => 0), 'always'],
  ['step-counter-doubled', 'is that of a step twice as late', scalars, scalarOf((step) => 2 * step), 'always'],
  ['step-counter-restarts', 'is counted from the start of the scan', scalars, first, 'later'],
  ['scalar-in-float16', 'is rounded to float16', scalars, mapping(formats['float16'] as Rounding), 'always'],
  ['scalar-in-bfloat16', 'is rounded to bfloat16', scalars, mapping(formats['bfloat16'] as Rounding), 'always'],
  ['scalar-off', 'is a thousandth too large', scalars, mapping((x) => 1.001 * x), 'always'],
  [
    'rows-last-repeated',
    'ends with the row before twice',
    rowNumbers,
    mapping((x, i, data) => (i === data.length - 1 ? Number(data[Math.max(0, i - 1)]) : x)),
    'always',
  ],
  [
    'rows-of-partial-batch',
    'has its first row everywhere',
    rowNumbers,
    mapping((_, __, data) => Number(data[0])),
    'partial',
  ],
  [
    'rows-of-partial-batch-stale',
    'has its last row twice',
    rowNumbers,
    mapping((x, i, data) => (i === 0 ? Number(data[data.length - 1]) : x)),
    'partial',
  ],
  [
    'rows-doubled-at-last',
    'has its first row twice',
    rowNumbers,
    mapping((x, i, data) => (i === 1 ? Number(data[0]) : x)),
    'last',
  ],
]

/** The operations that read an input. */
function readers({ programs }: Site, name: string): Blame[] {
  return programs.flatMap(({ inputs, nodes }) => {
    const ids = inputs.xs.filter((input) => input.name === name).map(({ id }) => id)
    const reading = nodes.filter((node) => node.inputs.some((id) => ids.includes(id)))
    return reading.map(({ op, layer, stage }) => ({ operation: op, layer, stage }))
  })
}

/** Inputs of other steps show only where there are such. */
function isOfScans(given: Given, { isOfScans: always = false }: Moment): boolean {
  return always || [first, previous, next, mirrored].includes(given)
}

function inputKind([id, about, fits, given, when]: (typeof rows)[number]): FaultKind {
  return {
    id,
    about: `an input of a step ${about} ${momentTexts[when]}`.trim(),
    plant: (site) => {
      const [program] = site.programs
      const input = drawn(site.random, program?.inputs.xs.filter(fits) ?? [])
      const moment = moments[when](site)
      if (input === undefined || moment === undefined) return undefined
      const { name } = input
      const ofScans: Blame[] = isOfScans(given, moment) ? [{ kind: 'scan' }, { stage: 'state' }] : []
      const enters = (step: StepSeen) => {
        const own = step.x[name]
        const x =
          own === undefined || !moment.holds(step) ? step.x : { ...step.x, [name]: given(step, name, own, site) }
        return { carry: step.carry, x }
      }
      return {
        place: `"${name}" ${about} ${moment.about}`,
        blamed: [...readers(site, name), ...ofScans, ...aside(moment)],
        backend: scanning({ concerns: ({ inputs }) => inputs.xs.some((one) => one.name === name), enters }),
      }
    },
  }
}

/** Every kind. */
export const inputKinds: readonly FaultKind[] = rows.map(inputKind)
