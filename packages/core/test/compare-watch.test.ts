import { describe, expect, it } from 'vitest'
import type { Backend, ScanResult } from '../src/backend/contract.js'
import { watchBackend, type WatchOptions } from '../src/compare/watch.js'
import { BackendError } from '../src/errors.js'
import { CompiledPlan } from '../src/plan/compiled.js'
import { referenceBackend } from '../src/reference/backend.js'
import { type Tensor, tensor } from '../src/tensor.js'
import { smallPlan, spoiled, type Spoiling } from './check-subjects.js'

const plan = smallPlan()
const { initial } = plan
const inputs = plan.xs('train', { first: 0, count: 2 })

async function scanOn(backend: Backend, options: Partial<WatchOptions> = {}): Promise<ScanResult> {
  const watched = watchBackend(backend, { onMutation: () => {}, ...options })
  const executable = await watched.compile(plan.program('train'), plan.constants('train'))
  return executable.scan(initial, inputs)
}

function withLoss(change: (loss: Tensor) => Tensor) {
  return ({ result }: Spoiling): ScanResult => ({
    ...result,
    ys: { ...result.ys, loss: change(result.ys['loss'] as Tensor) },
  })
}

describe('a watched backend', () => {
  it('returns what the backend returns', async () => {
    const right = await referenceBackend().compile(plan.program('train'), plan.constants('train'))
    const expected = await right.scan(initial, inputs)
    expect(await scanOn(referenceBackend())).toEqual(expected)
  })

  it.each([
    ['a step too few', withLoss((loss) => tensor('float32', [1], loss.data.slice(0, 1))), 'float32[2], got float32[1]'],
    ['another dtype', withLoss((loss) => tensor('float64', [2], Array.from(loss.data))), 'got float64[2]'],
    ['another shape', withLoss((loss) => ({ ...loss, shape: [2, 1] })), 'got float32[2,1]'],
    [
      'too few elements',
      withLoss((loss) => ({ ...loss, data: new Float32Array(1) }) as Tensor),
      'in a Float32Array of 1',
    ],
    ['nothing', ({ result }: Spoiling) => ({ ...result, ys: {} }), 'ys "loss": expected float32[2], got nothing'],
    ['no carry', ({ result }: Spoiling) => ({ ...result, carry: {} }), 'carry "dense1.weight"'],
  ])('that returns %s is named', async (_, spoil, message) => {
    const scan = scanOn(spoiled('odd', spoil))
    await expect(scan).rejects.toThrow(BackendError)
    await expect(scan).rejects.toThrow(message)
    await expect(scan).rejects.toThrow(/^\[odd\] scan of "small\/train"/)
  })

  it('that throws midway is named, whatever it throws', async () => {
    const broken = spoiled('odd', () => {
      throw new TypeError('out of ink')
    })
    await expect(scanOn(broken)).rejects.toThrow('[odd] out of ink')
    await expect(scanOn(broken)).rejects.toThrow(BackendError)
  })

  it('that never answers is named after the time allowed', async () => {
    const silent = spoiled('odd', () => new Promise<ScanResult>(() => {}))
    await expect(scanOn(silent, { timeoutSeconds: 0.02 })).rejects.toThrow(
      '[odd] scan of "small/train" did not answer within 0.02 s',
    )
  })

  it.each(['carry', 'xs'] as const)(
    'that writes to its %s is caught, and the caller keeps what it had',
    async (role) => {
      const before = structuredClone({ initial, inputs })
      const found: string[] = []
      const writing = spoiled('odd', ({ result, ...given }) => {
        const [first] = Object.values(given[role])
        first?.data.fill(3)
        return result
      })
      await scanOn(writing, { onMutation: (where, { name }) => found.push(`${where} ${name}`) })
      expect(found).toEqual([role === 'carry' ? 'carry dense1.weight' : 'xs rows'])
      expect({ initial, inputs }).toEqual(before)
    },
  )

  it.each(['compile', 'scan'])(
    'that writes to its constants in %s is caught once, and they are put right',
    async (when) => {
      const own = smallPlan()
      const found: string[] = []
      const reference = referenceBackend()
      const writing: Backend = {
        ...reference,
        name: 'odd',
        compile: async (program, constants) => {
          const right = await reference.compile(program, constants)
          const write = (now: string) => now === when && constants['data/image']?.data.fill(1)
          write('compile')
          return {
            ...right,
            scan: async (carry, xs) => {
              write('scan')
              return right.scan(carry, xs)
            },
          }
        },
      }
      const constants = own.constants('train')
      const before = structuredClone(constants)
      const watched = watchBackend(writing, { onMutation: (where, { name }) => found.push(`${where} ${name}`) })
      const executable = await watched.compile(own.program('train'), constants)
      for (let scan = 0; scan < 2; scan++) {
        // oxlint-disable-next-line no-await-in-loop -- one scan after the other
        await executable.scan(own.initial, own.xs('train', { first: 0, count: 1 }))
        expect(constants).toEqual(before)
      }
      expect(found).toEqual(['constants data/image'])
    },
  )

  it('tells what it is asked, and when it has answered', async () => {
    const calls: (string | undefined)[] = []
    await scanOn(referenceBackend(), { onCall: (what) => calls.push(what) })
    expect(calls).toEqual([
      '[reference] compile of "small/train"',
      undefined,
      '[reference] scan of "small/train"',
      undefined,
    ])
  })

  it('lets errors about support through with their type', async () => {
    const error = Object.assign(new Error('no'), { name: 'UnsupportedOpError' })
    const poor: Backend = { ...referenceBackend(), name: 'odd', compile: () => Promise.reject(error) }
    await expect(scanOn(poor)).rejects.toBe(error)
  })
})

function failing(isDue: (calls: number, program: Spoiling['program']) => boolean): Backend {
  let calls = 0
  return spoiled('failing', ({ result, program }) => {
    if (isDue(++calls, program)) throw new BackendError('failing', 'no more')
    return result
  })
}

describe('a failure', () => {
  it('has the operation at which it comes each time', async () => {
    const backend = failing((_, { nodes }) => nodes.some(({ op }) => op === 'relu'))
    await expect(scanOn(backend)).rejects.toThrow(/no more; first at relu "forward\/activation1\/relu"/)
  })

  it('has none where it comes by itself, whatever is computed', async () => {
    await expect(scanOn(failing((calls) => calls % 3 === 1))).rejects.toThrow(/no more$/)
  })

  it('of long scans has the least number of steps at once, and the steps that were being trained', async () => {
    const short = spoiled('short', ({ result, xs }) => {
      if (Number(xs['data/image']?.shape[0] ?? xs['rows']?.shape[0]) > 3) throw new BackendError('short', 'too long')
      return result
    })
    const compiled = new CompiledPlan(plan, short)
    const scan = compiled.scan('train', initial, { first: 2, count: 8 })
    await expect(scan).rejects.toThrow(
      '[short] too long; it computes one step, and fails where 4 or more are computed in one call, in steps 2 to 9',
    )
    await expect(scan).rejects.toMatchObject({ firstStep: 2 })
  })

  it('of an answer that breaks the contract has none, wherever the program is cut', async () => {
    const flat = spoiled('flat', ({ result }) => ({
      ...result,
      ys: Object.fromEntries(
        Object.entries(result.ys).map(([name, each]) => [name, { ...each, shape: [each.data.length, 1] }]),
      ),
    }))
    const scan = new CompiledPlan(plan, flat).scan('train', initial, { first: 1, count: 1 })
    await expect(scan).rejects.toThrow(/^\[flat\] scan of "small\/train": ys "[^"]+": expected .*, got .*, in step 1$/)
  })

  it('of one step among several has the operation at which that step fails', async () => {
    const isBad = ({ xs, program }: Spoiling): boolean =>
      program.nodes.some(({ op }) => op === 'relu') &&
      Array.from(xs['rows']?.data ?? []).some((row) => row === spoiltRow)
    const spoiltRow = Number(plan.xs('train', { first: 4, count: 1 })['rows']?.data[0])
    const odd = spoiled('odd', (scan) => {
      if (isBad(scan)) throw new BackendError('odd', 'cannot read it')
      return scan.result
    })
    const scan = new CompiledPlan(plan, odd).scan('train', initial, { first: 3, count: 2 })
    await expect(scan).rejects.toThrow(
      /cannot read it; first at relu "[^"]+" \(layer activation1, stage forward\), in steps 3 to 4/,
    )
  })

  it('in compiling has its operation too, and leaves no executable behind', async () => {
    let open = 0
    const reference = referenceBackend()
    const poor: Backend = {
      ...reference,
      name: 'poor',
      compile: async (program, constants) => {
        if (program.nodes.some(({ op }) => op === 'relu')) throw new BackendError('poor', 'no relu')
        const inner = await reference.compile(program, constants)
        open++
        return { ...inner, dispose: async () => void open-- }
      },
    }
    await expect(new CompiledPlan(plan, poor).executable('train')).rejects.toThrow(/no relu; first at relu /)
    expect(open).toBe(0)
  })
})
