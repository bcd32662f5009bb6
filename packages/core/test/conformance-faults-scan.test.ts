import { describe, expect, it } from 'vitest'
import type { ScanResult } from '../src/backend/contract.js'
import { runConformance } from '../src/conformance/index.js'
import { UnsupportedOpError } from '../src/errors.js'
import { allocate, rows, type Tensor } from '../src/tensor.js'
import { failing, families, mapped, nudged } from './failing-cases.js'
import { faultyBackend } from './faulty-backend.js'

function widened(tensor: Tensor): Tensor {
  if (tensor.dtype !== 'float32') return tensor
  return { ...tensor, dtype: 'float64', data: Float64Array.from(tensor.data) }
}

describe('a faulty scan fails the cases of scan and contract', () => {
  it('that drops the last step', async () => {
    const ids = await failing({
      scan: async (right, carry, xs) => {
        const whole = await right.scan(carry, xs)
        const steps = Object.values(xs)[0]?.shape[0] ?? 0
        if (steps < 2) return whole
        const part = await right.scan(
          carry,
          mapped(xs, (tensor) => rows(tensor, 0, steps - 1)),
        )
        return { carry: part.carry, ys: whole.ys }
      },
    })
    expect(ids).toContain('scan/carry-order')
    expect(ids).toContain('contract/chunks')
    expect(families(ids)).toEqual(['scan', 'contract', 'training'])
  })

  it('that starts each step from the first carry', async () => {
    const ids = await failing({
      scan: async (right, carry, xs) => {
        const steps = Object.values(xs)[0]?.shape[0] ?? 0
        const whole = await right.scan(carry, xs)
        if (steps < 2) return whole
        const last = await right.scan(
          carry,
          mapped(xs, (tensor) => rows(tensor, steps - 1, steps)),
        )
        return { carry: last.carry, ys: whole.ys }
      },
    })
    expect(ids).toContain('scan/carry-order')
    expect(ids).toContain('scan/carry-swap')
    expect(ids).toContain('contract/chunks')
  })

  it('that writes its carry into the tensors given', async () => {
    const ids = await failing({
      scan: async (right, carry, xs) => {
        const result = await right.scan(carry, xs)
        for (const [name, { data }] of Object.entries(result.carry)) carry[name]?.data.set(data)
        return result
      },
    })
    expect(ids).toContain('contract/inputs-kept')
  })

  it('that hands out one buffer again and again', async () => {
    let held: ScanResult | undefined
    const ids = await failing({
      scan: async (right, carry, xs) => {
        const result = await right.scan(carry, xs)
        for (const [name, { data }] of Object.entries(held?.carry ?? {})) {
          const fresh = result.carry[name]
          if (fresh?.data.length === data.length) data.set(fresh.data)
        }
        held = result
        return result
      },
    })
    expect(ids).toContain('contract/results-owned')
  })

  it('that returns the given carry itself', async () => {
    const ids = await failing({
      scan: async (right, carry, xs) => {
        const idle = Object.values(xs)[0]?.shape[0] === 0
        const result = await right.scan(carry, xs)
        return idle ? { ...result, carry } : result
      },
    })
    expect(ids).toEqual(['contract/results-owned'])
  })

  it('that hands out its constants', async () => {
    const ids = await failing({
      compile: async (right, program, constants) => {
        const executable = await right(program, constants)
        return {
          scan: async (carry, xs) => {
            const result = await executable.scan(carry, xs)
            const { constant } = constants
            return constant && 'replaced' in carry
              ? { ...result, carry: { ...result.carry, replaced: constant } }
              : result
          },
          dispose: () => executable.dispose(),
        }
      },
    })
    expect(ids).toEqual(['contract/handed-on', 'contract/results-apart'])
  })

  it('that gives float64 where float32 was declared', async () => {
    const report = await runConformance(
      faultyBackend({
        scan: async (right, carry, xs) => {
          const { ys, carry: last } = await right.scan(carry, xs)
          return { carry: last, ys: mapped(ys, widened) }
        },
      }),
      { dtypes: ['float32'] },
    )
    const detail = report.results.find(({ id }) => id === 'add/same/float32')?.detail
    expect(detail).toBe('ys "y": expected float32[2,3,4], got float64[2,3,4]')
    expect(report.results.find(({ id }) => id === 'argMax/ties/float32')?.status).toBe('passed')
  })

  it('that rounds differently by the length of the scan', async () => {
    const ids = await failing({
      scan: async (right, carry, xs) => {
        const result = await right.scan(carry, xs)
        const steps = Object.values(xs)[0]?.shape[0] ?? 0
        if (steps % 2 === 0) return result
        return { ...result, carry: mapped(result.carry, nudged) }
      },
    })
    expect(ids).toContain('contract/chunks')
    expect(ids).not.toContain('contract/determinism')
  })

  it('that is not the same twice', async () => {
    let calls = 0
    const ids = await failing({
      scan: async (right, carry, xs) => {
        calls++
        const result = await right.scan(carry, xs)
        const nudge = calls % 2 === 0 ? 2 ** -24 : 0
        return {
          ...result,
          carry: mapped(result.carry, (one) => ({ ...one, data: one.data.map((v) => v + nudge) }) as Tensor),
        }
      },
    })
    expect(ids).toContain('contract/determinism')
  })

  it('that runs on with tensors that do not fit', async () => {
    const ids = await failing({
      scan: async (right, carry, xs) => {
        const known = mapped({ ...xs }, (tensor) => tensor)
        const { extra: _, ...needed } = known
        return right.scan(carry, needed)
      },
    })
    expect(ids).toEqual(['contract/bad-inputs'])
  })

  it('that still answers after dispose', async () => {
    const ids = await failing({
      compile: async (right, program, constants) => {
        const executable = await right(program, constants)
        return { scan: (carry, xs) => executable.scan(carry, xs), dispose: async () => {} }
      },
    })
    expect(ids).toEqual(['contract/dispose'])
  })

  it('that loses its constants when another executable goes', async () => {
    const users = new Map<Tensor, number>()
    const ids = await failing({
      compile: async (right, program, constants) => {
        const executable = await right(program, constants)
        const gone = { is: false }
        for (const tensor of Object.values(constants)) users.set(tensor, 1)
        return {
          scan: async (carry, xs) => {
            gone.is = Object.values(constants).some((tensor) => users.get(tensor) === 0)
            const result = await executable.scan(carry, xs)
            return gone.is ? { ...result, ys: mapped(result.ys, emptied) } : result
          },
          dispose: async () => {
            for (const tensor of Object.values(constants)) users.set(tensor, 0)
            await executable.dispose()
          },
        }
      },
    })
    expect(ids).toEqual(['contract/shared-constants'])
  })
})

function emptied(tensor: Tensor): Tensor {
  return { ...tensor, data: allocate(tensor.dtype, tensor.data.length) } as Tensor
}

describe('a faulty compile', () => {
  it('that raises UnsupportedOpError only in scan fails', async () => {
    const report = await runConformance(
      faultyBackend({
        scan: async () => {
          throw new UnsupportedOpError('faulty', 'tanh', 'float32')
        },
      }),
      { dtypes: ['float32'] },
    )
    expect(report.results.find(({ id }) => id === 'tanh/scalar/float32')).toEqual({
      id: 'tanh/scalar/float32',
      status: 'failed',
      detail: 'UnsupportedOpError came from scan: compile must raise it',
    })
  })

  it('that does not check constants fails', async () => {
    const ids = await failing({
      compile: (right, program, constants) =>
        right(
          program,
          Object.fromEntries(program.inputs.constants.map(({ name }) => [name, constants[name] as Tensor])),
        ),
    })
    expect(ids).toEqual(['contract/bad-constants'])
  })

  it('that fuses differently when nodes are tapped fails', async () => {
    const ids = await failing({
      compile: async (right, program, constants) => {
        const executable = await right(program, constants)
        if (program.outputs.ys.length < 20) return executable
        return {
          ...executable,
          scan: async (carry, xs) => {
            const result = await executable.scan(carry, xs)
            return { ...result, carry: mapped(result.carry, nudged) }
          },
        }
      },
    })
    expect(ids).toEqual(['tap/neutral'])
  })
})
