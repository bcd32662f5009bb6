/** Faults of the outputs of a scan: other values than the steps computed it. */
import type { ScanResult } from '../../../backend/contract.js'
import type { Program } from '../../../ir/program.js'
import { neighbour } from '../../../numerics/rounding.js'
import { rows as rowsOf, type Tensor, tensor, type TensorMap } from '../../../tensor.js'
import { scanning, type ScanChange, type StepSeen } from '../altered-scans.js'
import { type Blame, drawn, type FaultKind, type Site } from '../fault.js'
import { type Moment, type MomentName, moments, momentTexts } from '../moments.js'
import { aside } from './carry.js'

function each(own: Tensor, f: (x: number, i: number) => number): Tensor {
  return tensor(own.dtype, own.shape, Float64Array.from(own.data).map(f))
}

type Told = (own: Tensor, step: StepSeen, name: string, y: TensorMap) => Tensor

/** The value that the step before gave, in this scan or an earlier one. */
const late: Told = (own, { memory }, name) => {
  const before = memory.get('told')?.[name]
  memory.set('told', { [name]: own })
  return before?.data.length === own.data.length ? before : own
}

/** The value of the first call ever. */
const stuck: Told = (own, { memory }, name) => {
  const known = memory.get('stuck')?.[name]
  if (known === undefined) memory.set('stuck', { [name]: own })
  return known?.data.length === own.data.length ? known : own
}

const scaledBy =
  (factor: number): Told =>
  (own) =>
    each(own, (x) => factor * x)

/** The mean of what was told so far in the scan. */
const meanSoFar: Told = (own, { memory, index }, name) => {
  const before = index === 0 ? undefined : memory.get('sum')?.[name]
  const wide = tensor('float64', own.shape, Float64Array.from(own.data))
  const sum = before === undefined ? wide : each(wide, (x, i) => x + Number(before.data[i]))
  memory.set('sum', { [name]: sum })
  return tensor(
    own.dtype,
    own.shape,
    sum.data.map((x) => x / (index + 1)),
  )
}

const wavering: Told = (own, { call }) =>
  call % 2 === 1 && own.dtype !== 'int32' ? each(own, (x) => neighbour('float32', x, true)) : own

const noisy: Told = (own, { call }) => each(own, (x) => x * (1 + 1e-3 * (call % 3)))

/** Another output of its type. */
const another: Told = (own, _, name, y) =>
  Object.entries(y).find(
    ([other, { shape, dtype }]) => other !== name && dtype === own.dtype && shape.join() === own.shape.join(),
  )?.[1] ?? own

const ids: readonly (readonly [id: string, about: string, told: Told, when: MomentName])[] = [
  ['told-of-the-step-before', 'is that of the step before', late, 'later'],
  ['told-once', 'is that of the first step', stuck, 'later'],
  ['told-of-first-scan', 'is that of the first scan', stuck, 'secondScan'],
  ['told-as-running-mean', 'is the mean of the steps so far', meanSoFar, 'always'],
  ['misreported', 'is a tenth too large', scaledBy(1.1), 'always'],
  ['misreported-at-a-step', 'is a tenth too large', scaledBy(1.1), 'step'],
  ['misreported-of-partial-batch', 'is a tenth too large', scaledBy(1.1), 'partial'],
  ['misreported-in-sign', 'has the other sign', scaledBy(-1), 'always'],
  ['not-reported', 'is zero', scaledBy(0), 'always'],
  ['not-reported-at-last', 'is zero', scaledBy(0), 'last'],
  ['non-deterministic', 'is off by a unit in the last place in every other scan', wavering, 'always'],
  ['noisy', 'differs by a thousandth from scan to scan', noisy, 'always'],
  ['swapped-outputs', 'is another output', another, 'always'],
]

/** The node that is to be named: the one that an output is of, in every program that has it. */
function sources({ programs }: Site, name: string): Blame[] {
  return programs.flatMap(({ outputs, nodes }) => {
    const value = outputs.ys.find((output) => output.name === name)?.value
    const node = nodes.find(({ id }) => id === value)
    return node === undefined ? [] : [{ layer: node.layer, stage: node.stage }]
  })
}

function toldNames({ programs }: Site): string[] {
  return [...new Set(programs.flatMap(({ outputs }) => outputs.ys.map(({ name }) => name)))]
}

/** Outputs that scans of many steps return. */
function scannedNames({ plan }: Site): string[] {
  return plan.program(plan.stepRole).outputs.ys.map(({ name }) => name)
}

const has = (name: string) => (program: Program) => program.outputs.ys.some((output) => output.name === name)

function telling(name: string, told: Told, moment: Moment): ScanChange {
  return {
    concerns: has(name),
    leaves: (step, out) => {
      const own = out.y[name]
      if (own === undefined) return out
      const other = told(own, step, name, out.y)
      return moment.holds(step) ? { ...out, y: { ...out.y, [name]: other } } : out
    },
  }
}

function outputKind([id, about, told, when]: (typeof ids)[number]): FaultKind {
  return {
    id,
    about: `an output of a step ${about} ${momentTexts[when]}`.trim(),
    plant: (site) => {
      const moment = moments[when](site)
      const isOfScans = moment?.isOfScans === true || told === meanSoFar
      const name = drawn(site.random, isOfScans ? scannedNames(site) : toldNames(site))
      if (name === undefined || moment === undefined) return undefined
      const isLate = [wavering, noisy, stuck, late].includes(told) || moment.isLate === true
      const ofScans: Blame[] = isOfScans ? [{ kind: 'scan' }] : []
      return {
        place: `"${name}" ${about} ${moment.about}`,
        blamed: [...sources(site, name), ...ofScans, ...aside({ ...moment, isLate })],
        backend: scanning(telling(name, told, moment)),
      }
    },
  }
}

type Order = (i: number, count: number) => number

/** Steps of one output in another order. */
function orderKind(id: string, about: string, order: Order): FaultKind {
  return {
    id,
    about,
    plant: (site) => {
      const name = drawn(site.random, scannedNames(site))
      if (name === undefined || site.longestScan < 2) return undefined
      const returns = (result: ScanResult, count: number): ScanResult => {
        const own = result.ys[name]
        if (own === undefined) return result
        const data = Array.from({ length: count }, (_, i) =>
          Array.from(rowsOf(own, order(i, count), order(i, count) + 1).data),
        )
        return { ...result, ys: { ...result.ys, [name]: tensor(own.dtype, own.shape, data.flat()) } }
      }
      return { place: `"${name}"`, blamed: [{ kind: 'scan' }], backend: scanning({ concerns: has(name), returns }) }
    },
  }
}

/** The gradient of a parameter as the program of gradients tells it; it is used right. */
const misreportedGradient: FaultKind = {
  id: 'misreported-gradient',
  about: 'a gradient is reported a tenth too large where it is only looked at, and used right',
  plant: (site) => {
    const name = drawn(
      site.random,
      toldNames(site).filter((one) => one.startsWith('gradient/')),
    )
    if (name === undefined) return undefined
    const moment = moments.always()
    const change = telling(name, scaledBy(1.1), moment)
    const concerns = (program: Program): boolean => has(name)(program) && program.name.endsWith('/gradients')
    return { place: `"${name}"`, blamed: sources(site, name), backend: scanning({ ...change, concerns }) }
  },
}

/** Every kind. */
export const outputKinds: readonly FaultKind[] = [
  ...ids.map(outputKind),
  orderKind('steps-mirrored', 'an output comes in the other order of steps', (i, count) => count - 1 - i),
  orderKind(
    'steps-rotated',
    'an output is that of the next step, the last that of the first',
    (i, count) => (i + 1) % count,
  ),
  orderKind('last-step-told-twice', 'the last step tells an output of the one before', (i, count) =>
    i === count - 1 && i > 0 ? i - 1 : i,
  ),
  misreportedGradient,
]
