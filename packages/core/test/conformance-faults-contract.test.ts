/** Each promise of the contract is broken by a backend that keeps all others, and its case alone says so. */
import { describe, expect, it } from 'vitest'
import type { Adapter, Backend, BackendInfo, BackendMemory, Executable } from '../src/backend/contract.js'
import { conformanceCases, type ConformanceOptions, runConformance } from '../src/conformance/index.js'
import { BackendError } from '../src/errors.js'
import type { Program } from '../src/ir/program.js'
import { referenceBackend } from '../src/reference/backend.js'
import type { Tensor, TensorMap } from '../src/tensor.js'
import { mapped } from './failing-cases.js'

const families = ['contract/', 'scan/', 'training/', 'gatherRows/']
const cases = conformanceCases().filter(({ id }) => families.some((family) => id.startsWith(family)))

/** The same with a sign on every zero. */
function signed(one: Tensor): Tensor {
  return one.dtype === 'float32' ? { ...one, data: one.data.map((value) => (value === 0 ? -0 : value)) } : one
}

/** The float32 cases of the families above that fail, without `contract/` and dtype. */
async function failing(backend: Backend, options: ConformanceOptions = {}): Promise<string[]> {
  const report = await runConformance(backend, { cases, dtypes: ['float32'], ...options })
  return report.results
    .filter(({ status }) => status === 'failed')
    .map(({ id }) => id.replace('contract/', '').replace('/float32', ''))
}

function saying(info: Partial<Record<keyof BackendInfo, unknown>>): Backend {
  const healthy = referenceBackend()
  return { ...healthy, info: { ...healthy.info, ...(info as Partial<BackendInfo>) } }
}

/** A healthy backend whose compile, and the executables that it makes, are changed. */
function changed(
  change: (program: Program, right: Executable) => Executable,
  prepared: (program: Program) => Program = (program) => program,
): Backend {
  const healthy = referenceBackend()
  return {
    ...healthy,
    compile: async (program, constants) => change(program, await healthy.compile(prepared(program), constants)),
  }
}

/** A backend that says how much it holds after each of its calls. */
function holding(after: (call: 'compile' | 'scan' | 'step' | 'dispose') => number): Backend {
  let tensors = 0
  const healthy = referenceBackend()
  return {
    ...healthy,
    compile: async (program, constants) => {
      const right = await healthy.compile(program, constants)
      tensors += after('compile')
      return {
        scan: async (carry, xs) => {
          tensors += after('scan') + after('step') * (Object.values(xs)[0]?.shape[0] ?? 0)
          return right.scan(carry, xs)
        },
        dispose: async () => {
          tensors += after('dispose')
          await right.dispose()
        },
      }
    },
    memory: async (): Promise<BackendMemory> => ({ bytes: 4 * tensors, tensors }),
  }
}

/** Tensors that begin one element into their buffer, read from its start. */
const whole = (map: TensorMap): TensorMap =>
  mapped(map, (one) => {
    const { buffer, byteOffset, length } = one.data
    const isOdd = byteOffset === one.data.BYTES_PER_ELEMENT
    const Kind = one.data.constructor as Float32ArrayConstructor
    return isOdd ? ({ ...one, data: new Kind(buffer as ArrayBuffer, 0, length) } as Tensor) : one
  })

/** One buffer for all tensors, each at its place. */
const together = (map: TensorMap): TensorMap => {
  const buffer = new ArrayBuffer(8 * Object.values(map).reduce((sum, { data }) => sum + data.length + 1, 0))
  let at = 0
  return mapped(map, (one) => {
    const Kind = one.data.constructor as Float64ArrayConstructor
    const data = new Kind(buffer, at, one.data.length)
    data.set(one.data)
    at += 8 * (one.data.length + 1)
    return { ...one, data } as Tensor
  })
}

const open = async (): Promise<Backend> => referenceBackend()

/** Makes a backend whose memory is gone with it, and that computes on. */
const forgetful = async (): Promise<Backend> => {
  const healthy = referenceBackend()
  let gone = false
  return {
    ...healthy,
    compile: async (program, constants) => {
      const right = await healthy.compile(program, constants)
      const scan: Executable['scan'] = async (carry, xs) => {
        const result = await right.scan(carry, xs)
        return gone
          ? { ...result, ys: mapped(result.ys, (one) => ({ ...one, data: one.data.fill(0) }) as Tensor) }
          : result
      }
      return { ...right, scan }
    },
    dispose: async () => {
      gone = true
    },
  }
}

/** Makes a backend that holds nothing, and so has nothing to end. */
const carefree = async (): Promise<Backend> => ({ ...referenceBackend(), dispose: async () => {} })

/** Makes a backend that minds being disposed of twice. */
const strict = async (): Promise<Backend> => {
  const healthy = referenceBackend()
  let disposed = false
  const dispose = async (): Promise<void> => {
    if (disposed) throw new Error('already disposed of')
    disposed = true
    await healthy.dispose()
  }
  return { ...healthy, dispose }
}

describe('what a backend says of itself', () => {
  it.each([
    ['a name of 300 letters', { ...referenceBackend(), name: 'x'.repeat(300) }, 'name'],
    ['a name with a slash', { ...referenceBackend(), name: 'a/b' }, 'name'],
    ['no name', { ...referenceBackend(), name: '' }, 'name'],
    ['no versions', saying({ versions: {} }), 'versions'],
    ['an empty version', saying({ versions: { mine: '' } }), 'versions'],
    ['no device', saying({ device: '' }), 'info'],
    ['half a thread', saying({ threads: 0.5 }), 'info'],
    [
      'a dtype that there is not',
      saying({ dtypes: ['float32', 'float64', 'int32', 'uint8', 'bool', 'float16'] }),
      'dtypes',
    ],
    ['an option that no record can hold', saying({ options: { limit: Number.NaN } }), 'options'],
    ['an option that is a list', saying({ options: { flags: [1] } }), 'options'],
  ])('%s', async (_, backend, id) => {
    expect(await failing(backend)).toEqual([id])
  })

  it('says what is expected of a name', async () => {
    const report = await runConformance({ ...referenceBackend(), name: 'x'.repeat(300) }, { cases })
    expect(report.results.find(({ status }) => status === 'failed')?.detail).toBe(
      'name: expected a name of 1 to 64 letters, digits, ".", "_", ":" or "-", got 300 letters',
    )
  })
})

describe('what an adapter says', () => {
  const healthy: Adapter = {
    name: 'healthy',
    contract: 2,
    variants: ['healthy'],
    create: async () => ({ ok: false, reason: 'no', cure: 'none' }),
  }
  const throwing: Adapter = {
    ...healthy,
    create: async () => {
      throw new Error('no such variant')
    },
  }
  const obliging: Adapter = {
    ...healthy,
    variants: ['a', 'b'],
    create: async () => ({ ok: true, backend: referenceBackend() }),
  }

  it.each([
    ['no variants', { ...healthy, variants: [] }, ['adapter']],
    ['a variant twice', { ...healthy, variants: ['a', 'a'] }, ['adapter']],
    ['it throws for a variant that there is not', throwing, ['unknown-variant']],
    ['it makes a variant that there is not', obliging, ['unknown-variant']],
    ['all is well', healthy, []],
    ['it has one variant, whatever it is called', { ...obliging, variants: ['a'] }, []],
  ])('%s', async (_, adapter, ids) => {
    expect(await failing(referenceBackend(), { adapter })).toEqual(ids)
  })
})

describe('what results do not depend on', () => {
  it('stages: one that leaves out what has none', async () => {
    const fault = changed(
      (_, right) => right,
      (program) => ({
        ...program,
        outputs: {
          ...program.outputs,
          carry: program.nodes.some(({ stage }) => stage === 'ünïcode')
            ? program.outputs.carry.map((output, i) => ({
                ...output,
                value: program.inputs.carry[i]?.id ?? output.value,
              }))
            : program.outputs.carry,
        },
      }),
    )
    expect(await failing(fault)).toEqual(['labels'])
  })

  it('the order of outputs: one that goes by position', async () => {
    const fault = changed((program, right) => ({
      ...right,
      scan: async (carry, xs) => {
        const result = await right.scan(carry, xs)
        const names = program.inputs.carry.map(({ name }) => name)
        const renamed = program.outputs.carry.map(({ name }, i) => [names[i] ?? name, result.carry[name]])
        return { ...result, carry: Object.fromEntries(renamed) as TensorMap }
      },
    }))
    // Names that are numbers come first in an object, so that they are out of order as well.
    expect(await failing(fault)).toEqual(['scan/same-names', 'any-order'])
  })

  it('where memory begins: one that reads from the start of the buffer', async () => {
    const healthy = referenceBackend()
    const fault: Backend = { ...healthy, compile: (program, constants) => healthy.compile(program, whole(constants)) }
    expect(await failing(fault)).toEqual(['views'])
  })

  it('notes of gradients: one that believes them', async () => {
    const fault = changed(
      (_, right) => right,
      (program) => {
        const [first, second] = program.gradients ?? []
        if (first === undefined || second === undefined || program.name !== 'misnoted') return program
        const moved = new Map([
          [first.gradient, second.gradient],
          [second.gradient, first.gradient],
        ])
        const ys = program.outputs.ys.map((output) => ({ ...output, value: moved.get(output.value) ?? output.value }))
        return { ...program, outputs: { ...program.outputs, ys } }
      },
    )
    expect(await failing(fault)).toEqual(['gradient-notes'])
  })

  it('other programs: one that has room for sixteen', async () => {
    const healthy = referenceBackend()
    const alive: Executable[] = []
    const fault: Backend = {
      ...healthy,
      compile: async (program, constants) => {
        const right = await healthy.compile(program, constants)
        const own: Executable = {
          scan: (carry, xs) =>
            (alive.indexOf(own) < alive.length - 16 ? alive.at(-1)?.scan(carry, xs) : undefined) ??
            right.scan(carry, xs),
          dispose: async () => {
            alive.splice(alive.indexOf(own), alive.includes(own) ? 1 : 0)
            await right.dispose()
          },
        }
        alive.push(own)
        return own
      },
    }
    expect(await failing(fault)).toEqual(['many-programs'])
  })
})

describe('what results share', () => {
  it('one buffer for all of them, each at its place', async () => {
    const fault = changed((_, right) => ({
      ...right,
      scan: async (carry, xs) => {
        const result = await right.scan(carry, xs)
        return { carry: together(result.carry), ys: together(result.ys) }
      },
    }))
    expect(await failing(fault)).toEqual(['results-apart'])
  })

  it.each([
    ['gatherRows', 'bad-rows'],
    ['scatterAddRows', 'bad-scattered-rows'],
  ])('a row of %s that does not exist is taken for the last one', async (op, id) => {
    const fault = changed((program, right) => ({
      ...right,
      scan: (carry, xs) =>
        right.scan(
          carry,
          program.name === op
            ? mapped(xs, (one) => ({ ...one, data: one.data.map((row) => (row < 0 || row > 4 ? 4 : row)) }) as Tensor)
            : xs,
        ),
    }))
    expect(await failing(fault)).toEqual([id])
  })
})

describe('the end of a backend', () => {
  it('leaves executables that compute on without their memory', async () => {
    expect(await failing(referenceBackend(), { open: forgetful })).toEqual(['backend-dispose'])
    expect(await failing(referenceBackend(), { open: carefree })).toEqual([])
    expect(await failing(referenceBackend(), { open })).toEqual([])
  })

  it('is an error the second time', async () => {
    expect(await failing(referenceBackend(), { open: strict })).toContain('backend-dispose')
  })

  it('takes others along', async () => {
    let gone = false
    const healthy = referenceBackend()
    const lost: Backend = {
      ...healthy,
      compile: async (program, constants) => {
        const right = await healthy.compile(program, constants)
        const scan: Executable['scan'] = async (carry, xs) => {
          if (gone) throw new BackendError('faulty', 'the runtime is gone')
          return right.scan(carry, xs)
        }
        return { ...right, scan }
      },
    }
    const other = async (): Promise<Backend> => {
      const one = referenceBackend()
      return {
        ...one,
        dispose: async () => {
          gone = true
          await one.dispose()
        },
      }
    }
    const only = cases.filter(({ id }) => id.includes('two-backends') || id.includes('determinism'))
    expect(await failing(lost, { open: other, cases: only })).toEqual(['two-backends'])
  })
})

describe('memory that is never freed', () => {
  const held = { compile: 3, scan: 0, step: 0, dispose: -3 }

  it.each([
    [
      'by compile',
      { ...held, dispose: -2 },
      'memory-of-compile',
      'every program that is compiled and disposed of leaves 1 tensors and 4 bytes',
    ],
    ['by a scan', { ...held, scan: 2 }, 'memory-of-scan', 'every scan leaves 2 tensors and 8 bytes'],
    ['by a step', { ...held, step: 1 }, 'memory-of-step', 'every step leaves 1 tensors and 4 bytes'],
  ])('%s', async (_, after, id, detail) => {
    const backend = holding((call) => after[call])
    expect(await failing(backend)).toEqual([id])
    const report = await runConformance(backend, { cases, dtypes: ['float32'] })
    expect(report.results.find(({ status }) => status === 'failed')?.detail).toContain(detail)
  })

  it('is none where all is freed, or kept once for later', async () => {
    let calls = 0
    expect(await failing(holding((call) => (call === 'scan' && calls++ === 0 ? 100 : held[call])))).toEqual([])
  })

  it('cannot be seen in a backend that says nothing of it', async () => {
    const healthy = referenceBackend()
    const silent: Backend = {
      name: healthy.name,
      info: healthy.info,
      compile: (...given) => healthy.compile(...given),
      dispose: () => healthy.dispose(),
    }
    const report = await runConformance(silent, { cases, dtypes: ['float32'] })
    expect(report.results.filter(({ id }) => id.includes('memory')).map(({ status }) => status)).toEqual([
      'unsupported',
      'unsupported',
      'unsupported',
    ])
  })
})

describe('a zero with a sign', () => {
  it('is no fault, wherever it comes from', async () => {
    const backend = changed((_, right) => ({
      ...right,
      scan: async (carry, xs) => {
        const { carry: last, ys } = await right.scan(carry, xs)
        return { carry: mapped(last, signed), ys: mapped(ys, signed) }
      },
    }))
    expect(await failing(backend)).toEqual([])
  })
})
