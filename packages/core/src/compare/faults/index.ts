/** All seeded faults, and the trial of a check on them: each must be found and named, and the healthy never blamed. */
import type { Backend } from '../../backend/contract.js'
import { checkExperiment } from '../check.js'
import type { Finding } from '../verdict.js'
import { faultPlan } from './experiment.js'
import { type ExpectedFinding, type Fault, FAULTY } from './fault.js'
import { nodeFaults } from './node-faults.js'
import { scanFaults } from './scan-faults.js'

/** Every fault. */
export const faults: readonly Fault[] = [...nodeFaults, ...scanFaults]

/** The result of trying one fault. */
export interface FaultTrial {
  readonly id: string
  readonly about: string
  readonly mode: Fault['mode']
  readonly expected: ExpectedFinding
  /** The first finding about the faulty backend. */
  readonly found?: Finding
  /** True if that finding is the expected one. */
  readonly named: boolean
  /** Findings that blame the healthy backend, which there must not be. */
  readonly wronged: readonly Finding[]
  readonly ok: boolean
}

function matches(expected: ExpectedFinding, found: Finding | undefined): boolean {
  if (found === undefined) return false
  return Object.entries(expected).every(([key, value]) => found[key as keyof ExpectedFinding] === value)
}

/** Steps of a trial: two and the one whose batch is not whole; of free training enough for scans of several steps. */
const OBSERVED_STEPS = 2
const TRAINED_STEPS = 24

/** Tries one fault on a healthy backend: both are checked side by side. */
export async function tryFault(fault: Fault, healthy: Backend): Promise<FaultTrial> {
  const plan = faultPlan(fault.arm)
  const faulty = fault.wrap(healthy, plan)
  const { findings, failures } = await checkExperiment({
    experiment: 'faults',
    plans: [plan],
    backends: [healthy, faulty],
    modes: [fault.mode],
    steps: fault.mode === 'run' ? TRAINED_STEPS : OBSERVED_STEPS,
  })
  const [failure] = failures
  if (failure !== undefined) throw new Error(`fault ${fault.id}: ${failure.message}`)
  const grave = findings.filter(({ severity }) => severity === 'fault')
  const found = grave.find(({ backend }) => backend === FAULTY)
  const wronged = grave.filter(({ backend }) => backend !== FAULTY)
  const named = matches(fault.expected, found)
  const { id, about, mode, expected } = fault
  return { id, about, mode, expected, ...(found && { found }), named, wronged, ok: named && wronged.length === 0 }
}
