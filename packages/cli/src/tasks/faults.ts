/** The task of seeding faults into a backend and seeing that a check names them. */
import {
  type FaultKind,
  faultKinds,
  faultPlans,
  type FaultTrial,
  judgeFault,
  plantCounting,
  type PlantedFault,
  plantFault,
} from '@isograd/core/compare'
import { type Backends, withBackends } from '../backends/choose-backends.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { oneName, someOf } from '../input/option-values.js'
import type { SharedValues } from '../input/options.js'
import { faultsMarkdown, faultsReport, kindsMarkdown, kindsReport } from '../terminal/faults.js'
import { printResult, printVerdict } from '../terminal/print-result.js'
import { type StatusLine, withStatusLine } from '../terminal/status-line.js'

/** The options of faults as they are read from the command line. */
export interface FaultOptions extends SharedValues {
  readonly only?: readonly string[]
  readonly all?: boolean
  readonly count?: number
  readonly list?: boolean
  readonly markdown?: boolean
}

/** The document that `isograd faults --json` prints. */
export interface FaultsDocument {
  readonly schema: 'isograd.faults/2'
  /** The backend that the faults are seeded into. */
  readonly backend: string
  /** Each fault, and what the check said of it. */
  readonly trials: readonly FaultTrial[]
}

/** The document that `isograd faults --list --json` prints. */
export interface FaultKindsDocument {
  readonly schema: 'isograd.fault-kinds/1'
  /** The kinds in the order of the table. */
  readonly kinds: readonly Pick<FaultKind, 'id' | 'about'>[]
}

/** Kinds that are seeded unless told otherwise. */
const SAMPLE = 24

type Plan = ReturnType<typeof faultPlans>[number]
type Seeded = { readonly plan: Plan; readonly fault: PlantedFault }

/** Kinds at even distances in the table, so that each of its parts has some. */
function sampled(kinds: readonly FaultKind[]): FaultKind[] {
  const step = kinds.length / SAMPLE
  return kinds.filter((_, i) => Math.floor(i / step) !== Math.floor((i - 1) / step))
}

function chosenKinds({ only, all = false, count }: FaultOptions): readonly FaultKind[] {
  const ids = someOf(
    'only',
    only,
    faultKinds.map(({ id }) => id),
  )
  const chosen = faultKinds.filter(({ id }) => ids.includes(id))
  return only === undefined && !all && count === undefined ? sampled(chosen) : chosen
}

/** The faults one by one: of each kind at a place where it counts, or so many as they are drawn. */
async function* seeded(kinds: readonly FaultKind[], { count, seed = 0 }: FaultOptions): AsyncGenerator<Seeded> {
  const plans = faultPlans()
  for (let i = 0; i < (count ?? kinds.length); i++) {
    const [plan, kind] = [plans[(seed + i) % plans.length] as Plan, kinds[i] as FaultKind]
    const drawn = count === undefined ? undefined : plantFault(plan, seed + i, kinds)
    // oxlint-disable-next-line no-await-in-loop -- one after the other, while the one before is tried
    const one = count === undefined ? await plantCounting(plans, kind, seed) : drawn && { plan, fault: drawn }
    if (one !== undefined) yield one
  }
}

async function tryAll(
  options: FaultOptions,
  [{ backend }]: Backends,
  line: StatusLine,
  signal: AbortSignal,
): Promise<FaultTrial[]> {
  const trials: FaultTrial[] = []
  for await (const { plan, fault } of seeded(chosenKinds(options), options)) {
    signal.throwIfAborted()
    line.show(`${trials.length + 1}: ${fault.kind.id}`)
    trials.push(await judgeFault(plan, fault, backend))
  }
  line.clear()
  return trials
}

function listKinds(options: FaultOptions): ExitStatus {
  const kinds = chosenKinds({ ...options, all: true }).map(({ id, about }) => ({ id, about }))
  const document: FaultKindsDocument = { schema: 'isograd.fault-kinds/1', kinds }
  printResult(options, document, (style) => (options.markdown ? kindsMarkdown(kinds) : kindsReport(style, kinds)))
  return exitStatus.ok
}

/** Seeds the faults and prints which were named. @throws Interruption, InputError, BackendError */
export async function seedFaults(options: FaultOptions): Promise<ExitStatus> {
  const { list = false, markdown = false } = options
  const names = [oneName('backend', options.backend, 'reference')]
  chosenKinds(options)
  if (list) return listKinds(options)
  return withStatusLine(options, (line, signal) =>
    withBackends({ names, options: {}, precisions: ['float32'], note: line.note }, async (backends) => {
      const trials = await tryAll(options, backends, line, signal)
      const document: FaultsDocument = { schema: 'isograd.faults/2', backend: backends[0].backend.name, trials }
      printVerdict(options, document, (style) => (markdown ? faultsMarkdown(trials) : faultsReport(style, trials)))
      return trials.every(({ ok }) => ok) ? exitStatus.ok : exitStatus.disagreement
    }),
  )
}
