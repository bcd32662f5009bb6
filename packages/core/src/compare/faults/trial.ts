/** The trial of a check on a fault: it must be found, blamed on the right place, and nothing on the healthy backend. */
import type { Backend } from '../../backend/contract.js'
import type { TrainingPlan } from '../../plan/plan.js'
import { referenceBackend } from '../../reference/backend.js'
import { checkExperiment, checkModes } from '../check.js'
import type { Finding } from '../verdict.js'
import { type Blame, FAULTY } from './fault.js'
import { ownerOf } from './kinds/carry.js'
import { isAboveNoise } from './noise.js'
import type { PlantedFault } from './plant.js'

/** The place that a finding names; its kind is `failure` for a backend that could not do what it was asked. */
export interface NamedPlace extends Partial<Pick<Finding, 'operation' | 'layer' | 'stage' | 'step' | 'tensor'>> {
  /** Kind of the finding. */
  readonly kind: Finding['kind'] | 'failure'
}

/** The outcome of a check on a fault. */
export interface FaultTrial {
  /** Name of the kind of fault. */
  readonly kind: string
  /** The wrong behaviour in one line. */
  readonly about: string
  /** Seed that it was drawn with. */
  readonly seed: number
  /** Where it was seeded, in words. */
  readonly place: string
  /** False where the fault is below the noise; then nothing was asked of the check. */
  readonly counts: boolean
  /** True where the check found something in the faulty backend. */
  readonly found: boolean
  /** True where operation, layer and stage are those of the fault, as far as it has such. */
  readonly named: boolean
  /** The first finding, with its place. */
  readonly finding?: NamedPlace
  /** The first sentence of the check. */
  readonly sentence: string
  /** Findings that blame the healthy backend, which there must not be. */
  readonly wronged: readonly string[]
  /** True where the check did what it must. */
  readonly ok: boolean
}

interface Grave extends NamedPlace {
  readonly backend: string
  readonly sentence: string
}

/** A finding that names a state without its layer names the layer that the state is of. */
function placeOf({ operation, layer, stage = '', tensor = '' }: NamedPlace): Record<string, string | undefined> {
  const owner = stage === 'state' ? ownerOf(tensor) : ''
  return { operation, layer: layer ?? owner, stage, tensor }
}

/** Free training that parts is told as its cause, which may be a scan. */
function isOfKind(kind: string, found: NamedPlace): boolean {
  return found.kind === kind || (kind === 'scan' && found.kind === 'trajectory')
}

function matches({ kind, ...place }: Blame, found: NamedPlace): boolean {
  const given = placeOf(found)
  const isThere = Object.entries(place).every(([key, value]) => given[key] === value)
  return isThere && (kind === undefined || isOfKind(kind, found))
}

function partsOf({ kind, operation, layer, stage, step, tensor }: Grave): NamedPlace {
  const all = Object.entries({ operation, layer, stage, step, tensor })
  return { kind, ...Object.fromEntries(all.filter(([, value]) => value !== undefined)) }
}

/**
 * What the check says that decides, as the command does by default. It asks about operations and steps first, so free
 * training need not be tried where those have said something.
 */
async function graveFindings(plan: TrainingPlan, backends: readonly Backend[]): Promise<readonly [Grave[], string]> {
  let reason = ''
  for (const modes of [checkModes.slice(0, 2), checkModes.slice(2)]) {
    // oxlint-disable-next-line no-await-in-loop -- the second only where the first says nothing
    const report = await checkExperiment({ experiment: 'faults', plans: [plan], backends, modes })
    const failures = report.failures.map(({ backend, message }): Grave => ({
      kind: 'failure',
      backend,
      sentence: message,
    }))
    const grave = [...failures, ...report.findings.filter(({ severity }) => severity === 'fault')]
    if (grave.length > 0) return [grave, report.reason]
    reason = report.reason
  }
  return [[], reason]
}

/** Tries a fault on a healthy backend: the two are checked side by side. */
export async function judgeFault(
  plan: TrainingPlan,
  fault: PlantedFault,
  healthy: Backend = referenceBackend(),
): Promise<FaultTrial> {
  const { kind, seed, place, blamed } = fault
  const head = { kind: kind.id, about: kind.about, seed, place }
  if (!(await isAboveNoise(plan, fault))) {
    return { ...head, counts: false, found: false, named: false, sentence: 'below the noise', wronged: [], ok: true }
  }
  const [grave, reason] = await graveFindings(plan, [healthy, fault.backend(healthy)])
  const own = grave.filter(({ backend }) => backend.split(' and ').includes(FAULTY))
  const wronged = grave.filter((one) => !own.includes(one)).map(({ sentence }) => sentence)
  const [first] = own
  if (first === undefined) {
    return { ...head, counts: true, found: false, named: false, sentence: reason, wronged, ok: false }
  }
  const named = blamed.some((blame) => matches(blame, first))
  const { sentence } = first
  const ok = named && wronged.length === 0
  return { ...head, counts: true, found: true, named, finding: partsOf(first), sentence, wronged, ok }
}
