/** The check of a case of values: the backend's results against the reference's. */
import type { Backend, Executable, ScanResult } from '../backend/contract.js'
import { referenceBackend } from '../reference/backend.js'
import type { TensorMap } from '../tensor.js'
import { type CaseData, CaseFailure, isInapplicable, type ValueCase } from './case.js'
import { requireClose } from './compare.js'

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
 * @throws CaseFailure naming the first element that is out of tolerance.
 */
export async function checkData(
  data: CaseData,
  { tolerance, dtype }: Pick<ValueCase, 'tolerance' | 'dtype'>,
  backend: Backend,
  onReference?: (seconds: number) => void,
): Promise<void> {
  const start = performance.now()
  const expected = await expectedOf(data)
  onReference?.((performance.now() - start) / 1000)
  const scales = await magnitudes(data)
  const executable = await backend.compile(data.program, data.constants)
  try {
    for (const [i, result] of (await scanAll(executable, data)).entries()) {
      const wanted = expected[i]
      if (wanted !== undefined) requireClose(result, wanted, tolerance, dtype, scales[i])
    }
  } catch (error) {
    throw isInapplicable(error) ? new CaseFailure('UnsupportedOpError came from scan: compile must raise it') : error
  } finally {
    await executable.dispose()
  }
}
