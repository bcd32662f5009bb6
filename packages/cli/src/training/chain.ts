/** A chain of scalar units on backends: one pass forward and backward for each arm, nothing trained. */
import {
  agreementTolerances,
  type ArmSpec,
  type BackendInfo,
  type ChainSpec,
  type ChainUnit,
  relativeDifference,
  runChain,
} from '@isograd/core'
import type { LoadedBackend } from '../backends/load.js'

/** The arms of a chain with its name. */
export interface Chain {
  readonly name: string
  readonly description: string
  readonly arms: Readonly<Record<string, ChainSpec>>
}

/** One arm on one backend. */
export interface ChainRecord {
  readonly preset: string
  readonly arm: string
  readonly backend: string
  readonly backendInfo: BackendInfo
  readonly precision: ArmSpec['precision']
  readonly units: readonly ChainUnit[]
}

/** How far two backends are apart on one arm: the largest relative difference of any number of any unit. */
export interface ChainAgreement {
  readonly preset: string
  readonly arm: string
  readonly backends: readonly [string, string]
  readonly worst: { readonly unit: number; readonly field: keyof ChainUnit; readonly relative: number }
  readonly tolerance: number
  readonly ok: boolean
}

const fields = ['preActivation', 'activation', 'derivative', 'derivativeProduct', 'gradient'] as const

/** Computes every arm on every backend. @throws BackendError */
export async function runChains(chain: Chain, backends: readonly LoadedBackend[]): Promise<ChainRecord[]> {
  const records: ChainRecord[] = []
  for (const [arm, spec] of Object.entries(chain.arms)) {
    for (const { backend } of backends) {
      // oxlint-disable-next-line no-await-in-loop -- a backend takes one call at a time
      const { units } = await runChain(backend, spec)
      const { name, info } = backend
      records.push({ preset: chain.name, arm, backend: name, backendInfo: info, precision: spec.precision, units })
    }
  }
  return records
}

function compareChains(a: ChainRecord, b: ChainRecord): ChainAgreement {
  const differences = a.units.flatMap((unit, i) =>
    fields.map((field) => {
      const relative = relativeDifference(unit[field], b.units[i]?.[field] ?? Number.NaN)
      return { unit: i + 1, field, relative }
    }),
  )
  const [worst = { unit: 0, field: 'gradient', relative: Number.POSITIVE_INFINITY } as const] = differences.toSorted(
    (one, other) => other.relative - one.relative,
  )
  const tolerance = agreementTolerances[a.precision].firstLoss
  const backends = [a.backend, b.backend] as const
  return { preset: a.preset, arm: a.arm, backends, worst, tolerance, ok: worst.relative <= tolerance }
}

/** Every record against the first backend's of the same arm. */
export function chainAgreementOf(records: readonly ChainRecord[]): ChainAgreement[] {
  return records.flatMap((record) => {
    const first = records.find(({ arm }) => arm === record.arm)
    return first === undefined || first === record ? [] : [compareChains(first, record)]
  })
}
