/** The check of a case of values: the backend's results against the reference's. */
import type { Backend, Executable, ScanResult } from '../backend/contract.js'
import { referenceBackend } from '../reference/backend.js'
import type { TensorMap } from '../tensor.js'
import { type CaseData, CaseFailure, isInapplicable, type ValueCase } from './case.js'
import { requireCloseToOne, requireSameNumbers } from './compare.js'
import { declaredFor } from './declared.js'

async function scanAll(executable: Executable, { scans }: CaseData): Promise<ScanResult[]> {
  const results: ScanResult[] = []
  for (const { carry, xs } of scans) {
    // oxlint-disable-next-line no-await-in-loop -- a backend is used one call at a time
    results.push(await executable.scan(carry, xs))
  }
  return results
}

async function magnitudes(data: CaseData): Promise<TensorMap[]> {
  if (data.magnitude === undefined) return []
  const executable = await referenceBackend().compile(data.magnitude, data.constants)
  return (await scanAll(executable, data)).map(({ ys }) => ys)
}

/** The results of the reference, by scan. */
export async function expectedOf(data: CaseData): Promise<ScanResult[]> {
  return scanAll(await referenceBackend().compile(data.program, data.constants), data)
}

/**
 * Runs data of a case on a backend.
 * @param onReference takes the time that the reference needed.
 * @throws CaseFailure naming the first element that is out of tolerance, or that comes out otherwise when all is scanned again.
 */
export async function checkData(
  data: CaseData,
  { tolerance, dtype }: Pick<ValueCase, 'tolerance' | 'dtype'>,
  backend: Backend,
  onReference?: (seconds: number) => void,
): Promise<void> {
  const start = performance.now()
  const { references, units } = declaredFor(backend, data.program, dtype)
  const all = await Promise.all(
    references.map(async (each) => scanAll(await each.compile(data.program, data.constants), data)),
  )
  onReference?.((performance.now() - start) / 1000)
  const scales = await magnitudes(data)
  const executable = await backend.compile(data.program, data.constants)
  try {
    const results = await scanAll(executable, data)
    for (const [i, result] of results.entries()) {
      const expected = all.flatMap((each) => each.slice(i, i + 1))
      requireCloseToOne(result, expected, tolerance, units, scales[i])
    }
    for (const [i, { carry, ys }] of (await scanAll(executable, data)).entries()) {
      const first = results[i]
      if (first === undefined) continue
      requireSameNumbers('the same scan again: carry', carry, first.carry)
      requireSameNumbers('the same scan again: ys', ys, first.ys)
    }
  } catch (error) {
    throw isInapplicable(error) ? new CaseFailure('UnsupportedOpError came from scan: compile must raise it') : error
  } finally {
    await executable.dispose()
  }
}
