import { describe, expect, it } from 'vitest'
import type { Adapter } from '../src/backend/contract.js'
import {
  assertConforms,
  type CaseResult,
  conformanceCases,
  describeReport,
  openAdapter,
  runConformance,
} from '../src/conformance/index.js'
import { UnsupportedOpError } from '../src/errors.js'
import { opNames } from '../src/ir/ops/index.js'
import { parseProgram, stringifyProgram } from '../src/ir/serialize.js'
import { verify } from '../src/ir/verify.js'
import { referenceBackend } from '../src/reference/backend.js'
import { faultyBackend } from './faulty-backend.js'

const wrongTies = faultyBackend({
  operations: { argMax: (_, __, shape) => new Float64Array(shape.reduce((product, length) => product * length, 1)) },
})
const valueCases = conformanceCases().filter((one) => one.kind === 'values')
const argMaxCases = conformanceCases().filter(({ id }) => id.startsWith('argMax/'))

const adapter: Adapter = {
  name: 'reference',
  contract: 2,
  variants: ['reference'],
  create: async (variant) =>
    variant === 'reference'
      ? { ok: true, backend: referenceBackend() }
      : { ok: false, reason: `no ${variant}`, cure: 'use reference' },
}

describe('the reference backend', () => {
  it('passes every case', async () => {
    const report = await runConformance(referenceBackend(), { open: async () => referenceBackend(), adapter })
    const { length } = conformanceCases()
    expect(describeReport(report)).toBe(`reference: ${length} passed, 0 failed, 0 skipped, 0 unsupported`)
    expect(report.ok).toBe(true)
  })
})

describe('the cases', () => {
  it('have ids of their own that end in the dtype', () => {
    const ids = conformanceCases().map(({ id }) => id)
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([])
    expect(conformanceCases().filter(({ id, dtype }) => !id.endsWith(`/${dtype}`))).toEqual([])
  })

  it('cover every operation in both dtypes', () => {
    const covered = new Set(conformanceCases().flatMap(({ ops, dtype }) => ops.map((op) => `${op} ${dtype}`)))
    const missing = opNames.flatMap((op) => [`${op} float32`, `${op} float64`]).filter((one) => !covered.has(one))
    expect(missing).toEqual([])
  })

  it('are the same list each time', () => {
    expect(conformanceCases()).toBe(conformanceCases())
  })

  it('use the operations that they say, and pass verify', () => {
    const idle = valueCases.flatMap((one) => {
      const used = new Set(verify(one.build().program).nodes.map(({ op }) => op))
      return one.ops.filter((op) => !used.has(op)).map((op) => `${one.id}: ${op}`)
    })
    expect(idle).toEqual([])
  })

  it('have a program for the magnitude exactly where the tolerance needs one', () => {
    const odd = valueCases.filter(
      (one) => (one.build().magnitude !== undefined) !== (one.tolerance.scale === 'magnitude'),
    )
    expect(odd.map(({ id }) => id)).toEqual([])
  })

  it('build the same data each time', () => {
    const one = conformanceCases().find(({ id }) => id === 'training/mlp-relu/float32')
    if (one?.kind !== 'values') throw new Error('no such case')
    expect(one.build()).toEqual(one.build())
  })

  it('rerun at least one case of each operation through text', () => {
    const rerun = conformanceCases().filter(({ id }) => id.startsWith('serialised/'))
    const covered = new Set(rerun.flatMap(({ ops }) => ops))
    expect(opNames.filter((op) => !covered.has(op))).toEqual([])
    const [first] = rerun
    if (first?.kind !== 'values') throw new Error('no such case')
    const { program } = first.build()
    expect(parseProgram(stringifyProgram(program))).toEqual(program)
  })
})

describe('a run', () => {
  it('fails with the case, what was expected and what came', async () => {
    const report = await runConformance(wrongTies, { dtypes: ['float32'], cases: argMaxCases })
    const ties = report.results.find(({ id }) => id === 'argMax/ties/float32')
    expect(ties?.status).toBe('failed')
    expect(ties?.detail).toContain('ys "y": ')
    expect(ties?.detail).toContain('[0,0] expected 1, got 0 (off by 1.00, allowed 0.00)')
    expect(report.ok).toBe(false)
    expect(report.coverage.argMax.total).toBe(argMaxCases.length / 2)
    expect(report.coverage.argMax.passed).toBe(report.counts.passed)
    const [, first, others] = describeReport(report).split('\n')
    expect(first).toContain('  failed argMax/vector/float32: ys "y": 1 of 2 elements differ: [0] expected 3, got 0')
    expect(others).toMatch(/^ {4}and .*argMax\/ties\/float32/)
    expect(() => assertConforms(report)).toThrow(expect.objectContaining({ stack: describeReport(report) }))
  })

  it('turns the failures that were promised into skips', async () => {
    const first = await runConformance(wrongTies, { dtypes: ['float32'], cases: argMaxCases })
    const failed = first.results.filter(({ status }) => status === 'failed').map(({ id }) => id)
    const skip = failed.map((id) => ({ id, reason: 'always answers 0' }))
    const second = await runConformance(wrongTies, { dtypes: ['float32'], cases: argMaxCases, skip })
    expect(second.ok).toBe(true)
    expect(second.counts).toEqual({ ...first.counts, failed: 0, skipped: failed.length })
    expect(second.results.find(({ id }) => id === failed[0])?.detail).toMatch(/^always answers 0 \(ys "y": /)
    expect(second.coverage.argMax).toEqual(first.coverage.argMax)
  })

  it.each([
    ['whose case passes', 'argMax/vector/float32'],
    ['that matches nothing', 'argMax/vectors/float32'],
  ])('fails for a skip %s', async (_, id) => {
    const skip = [{ id, reason: 'believed broken' }]
    const report = await runConformance(referenceBackend(), { dtypes: ['float32'], cases: argMaxCases, skip })
    expect(report.counts.failed).toBe(0)
    expect(report.staleSkips).toEqual(skip)
    expect(report.ok).toBe(false)
    expect(describeReport(report)).toContain(`stale skip ${id}`)
  })

  it('does not call a skip stale for a case that this run leaves out', async () => {
    const skip = [{ id: 'exp/vector/float64', reason: 'not of this run' }]
    const report = await runConformance(referenceBackend(), { dtypes: ['float32'], cases: argMaxCases, skip })
    expect(report.ok).toBe(true)
  })

  it('counts float64 as unsupported where the backend has none', async () => {
    const reference = referenceBackend()
    const narrow = { ...reference, info: { ...reference.info, dtypes: ['float32', 'int32', 'uint8', 'bool'] as const } }
    const report = await runConformance(narrow, { cases: argMaxCases })
    expect(report.counts).toEqual({
      passed: argMaxCases.length / 2,
      failed: 0,
      skipped: 0,
      unsupported: argMaxCases.length / 2,
    })
    expect(report.ok).toBe(true)
    expect(describeReport(report)).not.toMatch(/cases? passed of argMax/)
  })

  it('fails a backend that takes float64 without declaring it', async () => {
    const reference = referenceBackend()
    const narrow = { ...reference, info: { ...reference.info, dtypes: ['float32'] as const } }
    const report = await runConformance(narrow, { dtypes: ['float32'] })
    expect(report.results.filter(({ status }) => status === 'failed')).toEqual([
      {
        id: 'contract/missing-dtype/float32',
        status: 'failed',
        detail: 'compiling float64: expected UnsupportedOpError, got no error',
      },
    ])
  })

  it('is of what an adapter opens, or says why there is none', async () => {
    const lacking: Adapter = {
      name: 'isograd-adapter-x',
      contract: 2,
      variants: ['x'],
      create: () => Promise.resolve({ ok: false, reason: 'x-runtime is missing', cure: 'npm install x-runtime' }),
    }
    const text = 'isograd-adapter-x: x-runtime is missing; npm install x-runtime'
    await expect(openAdapter(lacking)).rejects.toMatchObject({ message: text, stack: text })
  })

  it('counts an operation refused by compile as unsupported', async () => {
    const refusing = faultyBackend({
      compile: async (right, program, constants) => {
        if (program.nodes.some(({ op }) => op === 'argMax')) throw new UnsupportedOpError('faulty', 'argMax', 'float32')
        return right(program, constants)
      },
    })
    const report = await runConformance(refusing, { dtypes: ['float32'], cases: argMaxCases })
    expect(report.counts.unsupported).toBe(argMaxCases.length / 2)
    expect(report.coverage.argMax.passed).toBe(0)
    expect(report.results[0]?.detail).toBe('[faulty] operation "argMax" is not supported for float32')
  })

  it('reports each result as it comes, and stops when aborted', async () => {
    const seen: CaseResult[] = []
    const stop = new AbortController()
    const run = runConformance(referenceBackend(), {
      cases: argMaxCases,
      signal: stop.signal,
      onResult: (result) => {
        seen.push(result)
        if (seen.length === 3) stop.abort(new Error('enough'))
      },
    })
    await expect(run).rejects.toThrow('enough')
    expect(seen.map(({ id }) => id)).toEqual(argMaxCases.slice(0, 3).map(({ id }) => id))
  })
})
