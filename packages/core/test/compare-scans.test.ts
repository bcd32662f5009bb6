/** Faults that show only in scans as long as those of a run, and the places that a default check gives them. */
import { describe, expect, it } from 'vitest'
import type { ScanResult } from '../src/backend/contract.js'
import { sliceStep } from '../src/backend/scan.js'
import { checkExperiment } from '../src/compare/check.js'
import { referenceBackend } from '../src/reference/backend.js'
import type { Tensor, TensorMap } from '../src/tensor.js'
import { checkOf, mapped, smallPlan, spoiled, type Spoiling } from './check-subjects.js'

/** 90 whole batches of 16 and a half one: a run scans 90 steps at once. */
const plan = smallPlan({}, 1448)

function stepsOf(xs: TensorMap): number {
  return Number(Object.values(xs)[0]?.shape[0])
}

function isTraining({ program }: Spoiling): boolean {
  return program.outputs.carry.some(({ name }) => name === 'dense2.weight')
}

/** The only fault that a check finds in a backend with this fault, beside the reference. */
async function foundIn(spoil: (scan: Spoiling) => ScanResult | Promise<ScanResult>, of = plan) {
  const faulty = spoiled('faulty', (scan) => (isTraining(scan) ? spoil(scan) : scan.result))
  const report = await checkExperiment(checkOf(of, [referenceBackend(), faulty], ['step']))
  return report.findings.filter(({ severity }) => severity === 'fault')
}

function withCarry({ result }: Spoiling, changes: Readonly<Record<string, Tensor | undefined>>): ScanResult {
  return { ...result, carry: { ...result.carry, ...changes } as TensorMap }
}

describe('a default check', () => {
  it('finds nothing in a healthy backend', async () => {
    expect(await foundIn(({ result }) => result)).toEqual([])
  })

  it.each([9, 20, 55, 63, 64, 88])('finds an update that is lost in scans of more than %d steps', async (longest) => {
    const found = await foundIn((scan) =>
      stepsOf(scan.xs) > longest ? withCarry(scan, { 'dense2.weight': scan.carry['dense2.weight'] }) : scan.result,
    )
    expect(found).toMatchObject([
      { kind: 'scan', backend: 'faulty', layer: 'dense2.weight', stage: 'state', step: longest },
    ])
    expect(found[0]?.sentence).toContain(`${longest + 1} steps in one scan are not the same as in pieces`)
  })

  it('scans as long as a run does, whatever samples it has itself', async () => {
    const few = smallPlan({ epochs: 2 }, 56)
    const faulty = spoiled('faulty', (scan) =>
      isTraining(scan) && stepsOf(scan.xs) > 70
        ? withCarry(scan, { 'dense2.weight': scan.carry['dense2.weight'] })
        : scan.result,
    )
    const rowsOfRuns = new Map([[few, { train: 90 * few.arm.batchSize }]])
    const { findings } = await checkExperiment({
      ...checkOf(few, [referenceBackend(), faulty], ['step']),
      rowsOfRuns,
    })
    expect(findings.filter(({ severity }) => severity === 'fault')).toMatchObject([
      { kind: 'scan', backend: 'faulty', layer: 'dense2.weight', step: 70 },
    ])
  })

  it('finds states that change places in long scans', async () => {
    const found = await foundIn((scan) => {
      const { 'dense1.weight/m': m, 'dense1.weight/v': v } = scan.result.carry
      return stepsOf(scan.xs) > 70 ? withCarry(scan, { 'dense1.weight/m': v, 'dense1.weight/v': m }) : scan.result
    })
    expect(found).toMatchObject([{ kind: 'scan', tensor: 'dense1.weight/m', layer: 'dense1.weight', step: 70 }])
  })

  it('finds outputs of long scans that come in the wrong order', async () => {
    const found = await foundIn(({ result, xs }) => {
      const { loss } = result.ys
      if (stepsOf(xs) <= 30 || loss === undefined) return result
      return { ...result, ys: { ...result.ys, loss: { ...loss, data: loss.data.toReversed() } as Tensor } }
    })
    expect(found).toMatchObject([{ kind: 'scan', tensor: 'loss', step: 0 }])
    expect(found[0]?.sentence).toContain('31 steps')
  })

  it('finds a batch that is not whole whose update is lost behind a long scan', async () => {
    let longest = 0
    const found = await foundIn((scan) => {
      const rows = Number(Object.values(scan.xs)[0]?.shape[1])
      longest = Math.max(longest, stepsOf(scan.xs))
      const isLost = rows === 8 && longest > 50
      return isLost ? withCarry(scan, { 'dense2.bias': scan.carry['dense2.bias'] }) : scan.result
    })
    expect(found).toMatchObject([{ kind: 'scan', tensor: 'dense2.bias', step: 90 }])
    expect(found[0]?.sentence).toContain('once more')
  })

  it('finds a scan that goes on from the end of the one before', async () => {
    let [last, count] = [undefined as TensorMap | undefined, 0]
    const found = await foundIn(async (scan) => {
      count++
      if (count > 20 && last !== undefined) return withCarry(scan, { 'dense1.bias': last['dense1.bias'] })
      last = scan.result.carry
      return scan.result
    })
    expect(found.map(({ kind }) => kind)).toContain('scan')
  })

  it('finds what only the first steps of the second epoch do', async () => {
    const plans = smallPlan({ epochs: 2 }, 1448)
    const [first] = Object.values(sliceStep(plans.xs('train', { first: 91, count: 1 }), 0))
    const found = await foundIn((scan) => {
      const begins =
        stepsOf(scan.xs) > 1 && String(Object.values(sliceStep(scan.xs, 0))[0]?.data) === String(first?.data)
      const bias = scan.result.carry['dense1.bias']
      return begins && bias ? withCarry(scan, { 'dense1.bias': mapped(bias, (value) => value * 2) }) : scan.result
    }, plans)
    expect(found).toMatchObject([{ kind: 'scan', tensor: 'dense1.bias', step: 92 }])
  })
})
