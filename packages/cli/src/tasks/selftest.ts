/** The task of trying the checks on what they must pass and on what they must find. */
import {
  checkHealthy,
  faultPlans,
  type FaultTrial,
  healthyExperiment,
  type HealthyResult,
  judgeFault,
  plantFault,
} from '@isograd/core/compare'
import { withBackends } from '../backends/choose-backends.js'
import { ResultLines } from '../disk/result-lines.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import type { SharedValues } from '../input/options.js'
import { Counted } from '../text/counted.js'
import { printResult } from '../terminal/print-result.js'
import { selftestReport, type SelftestResults } from '../terminal/selftest.js'
import { withStatusLine } from '../terminal/status-line.js'
import { version } from '../version.js'

/** The options of selftest as they are read from the command line. */
export interface SelftestOptions extends SharedValues {
  readonly healthy?: number
  readonly faults?: number
  readonly results?: string
}

/** The document that `isograd selftest --json` prints. */
export interface SelftestDocument extends SelftestResults {
  readonly schema: 'isograd.selftest/1'
}

const defaultBackends = ['onnx', 'tfjs-wasm', 'tfjs-cpu'] as const
const DEFAULT_COUNT = 20

type Try<T> = (seed: number) => Promise<T | undefined>

/** The results of seeds one after the other, those that are known without being tried again. */
async function tryAll<T>(seeds: readonly number[], attempt: Try<T>, onSeed: (seed: number) => void): Promise<T[]> {
  const results: T[] = []
  for (const seed of seeds) {
    onSeed(seed)
    // oxlint-disable-next-line no-await-in-loop -- one at a time: they share the backends and the cores
    const result = await attempt(seed)
    if (result !== undefined) results.push(result)
  }
  return results
}

/** Tries a fault; undefined where the experiment of its turn has no place for any. */
async function tryFault(seed: number): Promise<FaultTrial | undefined> {
  const plans = faultPlans()
  const plan = plans[seed % plans.length]
  const fault = plan && plantFault(plan, seed)
  return plan && fault && judgeFault(plan, fault)
}

function knownFault(lines: ResultLines, seed: number): Promise<FaultTrial | undefined> {
  return lines.get(`fault ${seed} ${version}`, () => tryFault(seed))
}

/** Tries both and prints the tables. @throws Interruption, InputError, BackendError */
export async function selftest(options: SelftestOptions): Promise<ExitStatus> {
  const { healthy = DEFAULT_COUNT, faults = DEFAULT_COUNT, seed: first = 0, results } = options
  const names = ['reference', ...(options.backend ?? defaultBackends).filter((name) => name !== 'reference')]
  const lines = new ResultLines(results)
  const seeds = (count: number) => Array.from({ length: count }, (_, i) => first + i)
  return withStatusLine(options, (line, signal) =>
    withBackends({ names, options: {}, precisions: ['float32'], note: line.note }, async (loaded) => {
      const backends = loaded.map(({ backend }) => backend)
      const counted = new Counted(healthy + faults)
      let done = 0
      const told = (what: string) => (seed: number) => {
        signal.throwIfAborted()
        line.show(`${counted.at(done++)}  ${what} of seed ${seed}`)
      }
      const one: Try<HealthyResult> = (seed) =>
        lines.get(`healthy ${seed} ${names.join()} ${version}`, async () =>
          checkHealthy(await healthyExperiment(seed), backends, signal),
        )
      const found: SelftestResults = {
        backends: names,
        healthy: await tryAll(seeds(healthy), one, told('experiment')),
        faults: await tryAll(seeds(faults), (seed) => knownFault(lines, seed), told('fault')),
      }
      line.clear()
      const document: SelftestDocument = { schema: 'isograd.selftest/1', ...found }
      printResult(options, document, (style) => selftestReport(style, found))
      const isRight = found.healthy.every(({ alarms }) => alarms.length === 0) && found.faults.every(({ ok }) => ok)
      return isRight ? exitStatus.ok : exitStatus.disagreement
    }),
  )
}
