/** Breaches of the contract: inputs written to, outputs of the wrong form, memory that is shared, constants that change. */
import type { Executable, ScanResult } from '../../../backend/contract.js'
import type { Program } from '../../../ir/program.js'
import { type Tensor, tensor, type TensorMap } from '../../../tensor.js'
import { type Blame, drawn, type FaultKind, type Planted, type Site, withCompile } from '../fault.js'

/** One scan of a faulty executable. */
interface Scanned {
  readonly program: Program
  readonly carry: TensorMap
  readonly xs: TensorMap
  readonly constants: TensorMap
  readonly right: Executable
  readonly call: number
}

/** A backend with other scans; `close` is called with each executable. */
function scans(make: () => (scanned: Scanned) => Promise<ScanResult>, close = () => {}): Planted['backend'] {
  return (healthy) =>
    withCompile(healthy, async (program, constants) => {
      const right = await healthy.compile(program, constants)
      const scan = make()
      let call = 0
      return {
        scan: (carry, xs) => scan({ program, constants, carry, xs, right, call: call++ }),
        dispose: () => {
          close()
          return right.dispose()
        },
      }
    })
}

const failure: readonly Blame[] = [{ kind: 'failure' }]
const mutation: readonly Blame[] = [{ kind: 'mutation' }]

/** Writes over what a scan was lent, after it; constants are others' too, and are put right in the end. */
function writing(role: 'carry' | 'xs' | 'constants'): Planted['backend'] {
  const restore: (() => void)[] = []
  const scan = async ({ right, ...given }: Scanned): Promise<ScanResult> => {
    const result = await right.scan(given.carry, given.xs)
    const data = Object.values(given[role]).find((one) => one.data.some((x) => x !== 0))?.data
    if (data !== undefined) {
      const at = data.findIndex((x) => x !== 0)
      const before = Number(data[at])
      data[at] = 0
      if (role === 'constants') restore.push(() => void (data[at] = before))
    }
    return result
  }
  return scans(
    () => scan,
    () => {
      for (const one of restore.splice(0).toReversed()) one()
    },
  )
}

/** The results with one output of the step changed. */
function returning(
  change: (own: Tensor, role: 'carry' | 'ys') => Tensor | undefined,
  role: 'carry' | 'ys',
): (site: Site) => Planted | undefined {
  return ({ programs: [program], random }) => {
    const name = drawn(random, program?.outputs[role].map((output) => output.name) ?? [])
    if (name === undefined) return undefined
    const backend = scans(() => async ({ right, carry, xs }) => {
      const result = await right.scan(carry, xs)
      const own = result[role][name]
      if (own === undefined) return result
      const { [name]: _, ...others } = result[role]
      const other = change(own, role)
      return { ...result, [role]: other === undefined ? others : { ...others, [name]: other } }
    })
    return { place: `"${name}"`, blamed: failure, backend }
  }
}

const other = { float32: 'float64', float64: 'float32', int32: 'float32', uint8: 'int32', bool: 'float32' } as const

function ofOtherType(own: Tensor): Tensor {
  return tensor(other[own.dtype], own.shape, Float64Array.from(own.data))
}

function planted(blamed: readonly Blame[], backend: Planted['backend']): FaultKind['plant'] {
  return () => ({ place: 'every program', blamed, backend })
}

/** Every result lies in memory that the next scan of the executable writes over. */
const sharedMemory = scans(() => {
  const kept = new Map<string, Tensor>()
  const shared = (role: string, tensors: TensorMap): TensorMap =>
    Object.fromEntries(
      Object.entries(tensors).map(([name, one]) => {
        const known = kept.get(`${role}/${name}`)
        if (known?.data.length !== one.data.length) kept.set(`${role}/${name}`, one)
        else known.data.set(one.data)
        return [name, kept.get(`${role}/${name}`) ?? one]
      }),
    )
  return async ({ right, carry, xs }) => {
    const result = await right.scan(carry, xs)
    return { carry: shared('carry', result.carry), ys: shared('ys', result.ys) }
  }
})

/** The nodes that read a constant. */
function readersOfConstants({ programs }: Site): Blame[] {
  return programs.flatMap(({ inputs, nodes }) => {
    const ids = inputs.constants.map(({ id }) => id)
    const reading = nodes.filter((node) => node.inputs.some((id) => ids.includes(id)))
    return reading.map(({ op, layer, stage }) => ({ operation: op, layer, stage }))
  })
}

type Elementwise = (x: number, i: number, data: ArrayLike<number>) => number

/** A backend that binds other constants after the first scan. */
const rebinding =
  (change: Elementwise): Planted['backend'] =>
  (healthy) =>
    withCompile(healthy, async (program, constants) => {
      const changed = Object.entries(constants).map(([name, { dtype, shape, data }]) => [
        name,
        tensor(
          dtype,
          shape,
          Float64Array.from(data).map((x, i) => change(x, i, data)),
        ),
      ])
      const right = await healthy.compile(program, constants)
      const wrong = await healthy.compile(program, Object.fromEntries(changed) as TensorMap)
      let call = 0
      return {
        scan: (carry, xs) => (call++ === 0 ? right : wrong).scan(carry, xs),
        dispose: async () => {
          await right.dispose()
          await wrong.dispose()
        },
      }
    })

/** Constants that are others after the first scan. */
function changingConstants(change: Elementwise): FaultKind['plant'] {
  return (site) => {
    const blamed = [...readersOfConstants(site), { kind: 'nondeterminism' }]
    if (blamed.length === 1) return undefined
    return { place: 'every program', blamed, backend: rebinding(change) }
  }
}

const anyone: readonly Blame[] = [
  { kind: 'mutation' },
  { stage: 'state' },
  { kind: 'scan' },
  { kind: 'nondeterminism' },
  { kind: 'trajectory' },
]

function throwing(when: (scanned: Scanned) => boolean): Planted['backend'] {
  return scans(() => async (scanned) => {
    if (when(scanned)) throw new Error('out of memory')
    return scanned.right.scan(scanned.carry, scanned.xs)
  })
}

function stepsOf({ xs }: Scanned): number {
  return Number(Object.values(xs)[0]?.shape[0])
}

/** Every kind. */
export const contractKinds: readonly FaultKind[] = [
  {
    id: 'writes-to-carry',
    about: 'a scan writes to the carry that it was lent',
    plant: planted(mutation, writing('carry')),
  },
  {
    id: 'writes-to-inputs',
    about: 'a scan writes to the inputs that it was lent',
    plant: planted(mutation, writing('xs')),
  },
  {
    id: 'writes-to-constants',
    about: 'a scan writes to the constants that it was lent',
    plant: planted(mutation, writing('constants')),
  },
  {
    id: 'results-share-memory',
    about: 'a scan writes over the results of the one before',
    plant: planted(anyone, sharedMemory),
  },
  { id: 'constants-vanish', about: 'constants are zero after the first scan', plant: changingConstants(() => 0) },
  {
    id: 'constants-shift',
    about: 'constants are off by one element after the first scan',
    plant: changingConstants((_, i, data) => Number(data[(i + 1) % data.length])),
  },
  { id: 'output-of-other-dtype', about: 'an output comes in another dtype', plant: returning(ofOtherType, 'ys') },
  {
    id: 'state-of-other-dtype',
    about: 'something carried comes back in another dtype',
    plant: returning(ofOtherType, 'carry'),
  },
  { id: 'output-missing', about: 'an output is not there', plant: returning(() => undefined, 'ys') },
  { id: 'state-missing', about: 'something carried does not come back', plant: returning(() => undefined, 'carry') },
  {
    id: 'output-of-one-step',
    about: 'an output lacks the axis of the steps',
    plant: returning(
      (own) => tensor(own.dtype, own.shape.slice(1), own.data.slice(0, own.data.length / Number(own.shape[0]))),
      'ys',
    ),
  },
  {
    id: 'state-flattened',
    about: 'something carried comes back as a vector of one more axis',
    plant: returning((own) => tensor(own.dtype, [1, ...own.shape], own.data), 'carry'),
  },
  {
    id: 'fails-in-second-scan',
    about: 'the second scan throws',
    plant: planted(
      failure,
      throwing(({ call }) => call === 1),
    ),
  },
  {
    id: 'fails-in-long-scans',
    about: 'a scan of several steps throws',
    plant: (site) =>
      site.longestScan < 2
        ? undefined
        : planted(
            failure,
            throwing((one) => stepsOf(one) > 1),
          )(site),
  },
]
