/** A backend that declares a precision is held to it in the cases of conformance, no more and no less. */
import { describe, expect, it } from 'vitest'
import type { Backend } from '../src/backend/contract.js'
import { conformanceCases, describeReport, runConformance } from '../src/conformance/index.js'
import type { NumericTensor } from '../src/ir/ops/operation.js'
import { evaluatingBackend, inFloat64 } from '../src/reference/backend.js'

/** Rounds to so many bits of significand, in the range of float32 (Dekker 1971). */
function toBits(bits: number) {
  return (x: number): number => {
    const c = x * (2 ** (53 - bits) + 1)
    return Number.isFinite(c) ? Math.fround(c - (c - x)) : Math.fround(x)
  }
}

/** Rounds to 11 bits of significand, ties away from zero, as NVIDIA's cvt.rna.tf32.f32 does: of the magnitude plus half a unit. */
function tiesAway(x: number): number {
  if (x === 0 || !Number.isFinite(x)) return x
  const unit = 2 ** (Math.max(Math.floor(Math.log2(Math.abs(x))), -126) - 10)
  return Math.fround(Math.sign(x) * Math.floor(Math.abs(x) / unit + 0.5) * unit)
}

/** A device whose products read their operands in fewer bits, which says so or not. */
function withOperands(bits: number, precision?: 'tf32', round = toBits(bits)): Backend {
  const read = (input: NumericTensor): NumericTensor => ({ ...input, data: Float64Array.from(input.data, round) })
  const backend = evaluatingBackend('device', 'products of fewer bits', (node, inputs, shape) =>
    inFloat64(node, /^(matmul|convolve)/.test(node.op) ? inputs.map(read) : inputs, shape),
  )
  return { ...backend, info: { ...backend.info, ...(precision && { precision }) } }
}

/** A device that stores floats in fewer bits. */
function storing(bits: number, precision?: 'bfloat16'): Backend {
  const round = toBits(bits)
  const backend = evaluatingBackend('device', 'stores fewer bits', (node, inputs, shape) => {
    const values = inFloat64(node, inputs, shape)
    return node.type.dtype.startsWith('float') ? values.map(round) : values
  })
  return { ...backend, info: { ...backend.info, ...(precision && { precision }) } }
}

const cases = conformanceCases().filter(
  ({ id, kind }) => kind === 'values' && /^(matmul|convolve\w*|mul|exp|reduceSum|relu|gatherRows|training)\//.test(id),
)

async function failures(backend: Backend, of = /./): Promise<string[]> {
  const { results } = await runConformance(backend, { cases: cases.filter(({ id }) => of.test(id)) })
  return results.filter(({ status }) => status === 'failed').map(({ id }) => id)
}

describe('products of 10 bits', () => {
  it('fail where nothing is declared, and pass where TF32 is', async () => {
    expect(await failures(withOperands(11), /^matmul/)).not.toEqual([])
    expect(await failures(withOperands(11, 'tf32'))).toEqual([])
    expect(await failures(withOperands(11, 'tf32', tiesAway))).toEqual([])
  })

  it('fail as TF32 if they are of 7', async () => {
    expect(await failures(withOperands(8, 'tf32'), /^matmul/)).not.toEqual([])
  })

  it('are told in the report', async () => {
    const own = cases.slice(0, 2)
    const report = await runConformance(withOperands(11, 'tf32'), { cases: own })
    expect(report.precision).toBe('TF32 (10 bits)')
    expect(describeReport(report)).toContain('held to TF32 (10 bits), as it declares')
    expect(await runConformance(withOperands(24), { cases: own })).not.toHaveProperty('precision')
  })
})

describe('storage of 7 bits', () => {
  it('fails where nothing is declared, and passes where bfloat16 is', async () => {
    expect(await failures(storing(8), /^mul/)).not.toEqual([])
    expect(await failures(storing(8, 'bfloat16'))).toEqual([])
  })

  it('fails as bfloat16 if it is of 4', async () => {
    expect(await failures(storing(5, 'bfloat16'), /^mul/)).not.toEqual([])
  })
})
