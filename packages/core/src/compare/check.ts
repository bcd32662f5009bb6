/**
 * "Do they agree, and if not, where?": the modes `ops`, `step` and `run` over the arms of an experiment on any number of
 * backends. What comes out is one report of plain data. Printing is the command's business.
 */
import type { Backend, BackendInfo } from '../backend/contract.js'
import type { ArmSpec } from '../experiment/arm.js'
import type { TrainingPlan } from '../plan/plan.js'
import type { CheckContext } from './check-context.js'
import { undefinedText } from './finals.js'
import { findingAt, Findings } from './findings.js'
import type { OperationSummary } from './operations/operation-table.js'
import type { RecordComparison } from './records/record-compare.js'
import { checkRuns, type RunComparison } from './runs/run-check.js'
import { type Chance, chanceOf, type NameInCommand, pairVerdicts, type PairVerdict } from './pairs.js'
import { checkedSteps, checkSteps, type StepCheckResult } from './steps/step-check.js'
import type { StepSummary } from './steps/step-summary.js'
import { type ToleranceOverrides, type Tolerances, tolerancesFor } from './tolerances.js'
import {
  type CheckFailure,
  type CheckMode,
  combine,
  despiteFailures,
  type Finding,
  judge,
  type Judgement,
} from './verdict.js'
import { watchBackend, type WatchOptions } from './watch.js'

/** Version of the report's form. */
export const CHECK_SCHEMA = 'isograd.check/2'

/** The modes that train: from the sharpest question to the bluntest. */
export const checkModes = ['ops', 'step', 'run'] as const

/** One of them. */
export type TrainingCheckMode = (typeof checkModes)[number]

/** The arms, backends and modes of a check. */
export interface CheckOptions {
  readonly experiment: string
  readonly plans: readonly TrainingPlan[]
  /** Rows of each table in a run, where a plan has fewer: scans as long as the run's are looked into, and what is left is told. */
  readonly rowsOfRuns?: ReadonlyMap<TrainingPlan, Readonly<Record<string, number>>>
  /** They stay the caller's to dispose. Names must differ. */
  readonly backends: readonly Backend[]
  /** The name of a backend on the command line, for the commands in advice; its own name unless told. */
  readonly nameInCommand?: NameInCommand
  readonly modes: readonly TrainingCheckMode[]
  /** Steps whose operations are observed, and steps of free training; see `defaultSteps`. */
  readonly steps?: number
  /** Seeds over which finals are compared; 1 unless told. */
  readonly seeds?: number
  /** Where free training is left open, train with up to so many seeds until it is not. */
  readonly untilDecided?: number
  readonly tolerances?: ToleranceOverrides
  /** Longest time for one call of a backend. */
  readonly timeoutSeconds?: number
  readonly signal?: AbortSignal
  /** Told what is being done. */
  readonly onStage?: (text: string) => void
  /** Told each arm once it is checked. */
  readonly onArm?: (arm: string) => void
  /** Backends that failed before they could be checked. */
  readonly lost?: readonly Pick<CheckFailure, 'backend' | 'message'>[]
  /** Called when all is checked, for backends that fail as they are given back: of those nothing agrees. */
  readonly atEnd?: () => Promise<readonly Pick<CheckFailure, 'backend' | 'message'>[]>
  /** Told each call of a backend before it is made, and `undefined` after it. */
  readonly onCall?: (what: string | undefined) => void
}

/**
 * Steps unless told. Every operation occurs in the first step. In the second the optimizer's state is no longer empty, and
 * what a backend keeps from the first shows. The step whose batch is not whole comes to them.
 */
export const defaultSteps = { observed: 2, trained: 50 } as const

/** A backend that repeated the training of a record, held against it. */
export interface AgainstRecord {
  readonly backend: string
  readonly judgement: Judgement
  /** The training here, and the record. */
  readonly comparison: RecordComparison
}

/** The report of one arm. What a mode measured is there if the mode was asked for. */
export interface ArmReport {
  readonly arm: string
  readonly precision: ArmSpec['precision']
  /** The limits that were held to, by name. */
  readonly tolerances: Tolerances
  /** The verdict of each mode. */
  readonly judgements: Readonly<Partial<Record<CheckMode, Judgement>>>
  /** The worst of each operation. */
  readonly operations: readonly OperationSummary[]
  /** The steps that were looked at. */
  readonly steps: readonly StepSummary[]
  /** Backends in pairs, trained freely. */
  readonly runs: readonly RunComparison[]
  /** Each backend held against a record; absent where there is none. */
  readonly againstRecord?: readonly AgainstRecord[]
  /** The parts of the training that were not looked into, in words. */
  readonly unchecked: readonly string[]
}

/** The subject of a check, and its findings. */
export interface Checked {
  readonly experiment: string
  /** The backends, with their own account of themselves. */
  readonly backends: readonly { readonly name: string; readonly info: BackendInfo }[]
  /** The ways in which it was checked. */
  readonly modes: readonly CheckMode[]
  /** The measurements of each arm. */
  readonly arms: readonly ArmReport[]
  /** The findings. */
  readonly findings: readonly Finding[]
  /** The backends that failed. */
  readonly failures: readonly CheckFailure[]
}

/** The result of a check. */
export interface CheckReport extends Checked, Judgement {
  readonly schema: typeof CHECK_SCHEMA
  /** The verdict of each pair of backends. */
  readonly pairs: readonly PairVerdict[]
  /** The finals that were compared, and what chance would do to so many; absent where there are none. */
  readonly chance?: Chance
}

/** The report on what was checked: a verdict for each pair of backends, and one over all. */
export function reportOn(checked: Checked, nameInCommand?: NameInCommand): CheckReport {
  const { arms, backends, failures } = checked
  const names = [...new Set([...backends, ...failures.map(({ backend: name }) => ({ name }))].map(({ name }) => name))]
  const producers = new Set(arms.flatMap(({ steps }) => steps.map(({ backend }) => backend)))
  const pairs = pairVerdicts(checked, names.length === 0 ? [...producers] : names, nameInCommand)
  const runs = arms.flatMap((arm) => arm.runs)
  const told = runs.filter((run) => run.judgement.verdict !== 'diverged' && undefinedText(run.finals) === undefined)
  const finals = told.map((run) => run.finals)
  const { verdict, reason } = combine(pairs)
  const chance = finals.length === 0 ? {} : { chance: chanceOf(finals) }
  return { schema: CHECK_SCHEMA, ...checked, pairs, ...chance, verdict, reason }
}

const nothing: StepCheckResult = { operations: [], steps: [], compared: { ops: 0, step: 0 }, unchecked: [] }

/** Checks the arms one after the other. */
class Checker {
  readonly #options: CheckOptions
  readonly findings = new Findings()
  #mode: TrainingCheckMode = 'ops'
  #arm = ''

  constructor(options: CheckOptions) {
    this.#options = options
    const { lost = [], modes } = options
    const [mode = 'ops'] = modes
    this.findings.failures.push(...lost.map((failure) => ({ ...failure, mode })))
  }

  #watched(): Backend[] {
    const { backends, timeoutSeconds, onCall, signal } = this.#options
    return backends.map((backend) => {
      const onMutation: WatchOptions['onMutation'] = (role, { name }) => {
        const place = { mode: this.#mode, backend: backend.name, arm: this.#arm }
        const sentence = `${backend.name} writes to what it was lent: ${role} "${name}"`
        this.findings.add(findingAt(place, 'mutation', sentence))
      }
      return watchBackend(backend, { timeoutSeconds, onCall, signal, onMutation })
    })
  }

  #has(mode: TrainingCheckMode): boolean {
    return this.#options.modes.includes(mode)
  }

  async #checkSteps(context: CheckContext): Promise<StepCheckResult> {
    const [ops, step] = [this.#has('ops'), this.#has('step')]
    if (!ops && !step) return nothing
    this.#mode = ops ? 'ops' : 'step'
    return checkSteps({ ...context, steps: this.#observed, ops, step })
  }

  /** First steps that are observed; the one whose batch is not whole comes to them. */
  get #observed(): number {
    return this.#options.steps ?? defaultSteps.observed
  }

  #unchecked(plan: TrainingPlan, hasTrained: boolean): string[] {
    const { steps: trained = defaultSteps.trained, seeds = 1 } = this.#options
    const looked = checkedSteps({ plan, steps: this.#observed }).filter((step) => step < plan.steps)
    const isSingle = this.#has('ops') || this.#has('step')
    const single = isSingle ? `operations and gradients of steps other than ${looked.join(', ')}` : 'single operations'
    const free = hasTrained ? `training beyond step ${trained} (--steps takes it further)` : 'free training'
    return [
      ...(isSingle && looked.length >= plan.steps ? [] : [single]),
      ...(hasTrained && trained >= plan.steps ? [] : [free]),
      hasTrained && seeds > 1 ? 'other seeds, but for their losses and finals' : 'other seeds',
      'values of update ratios, dead units and predictions',
      ...this.#uncheckedRows(plan, hasTrained),
    ]
  }

  #batchesOfRun(plan: TrainingPlan): number | undefined {
    const rows = this.#options.rowsOfRuns?.get(plan)?.['train']
    return rows === undefined ? undefined : Math.floor(rows / plan.arm.batchSize)
  }

  /** Rows of a run that the plan does not have, and tables that are evaluated in runs alone. */
  #uncheckedRows(plan: TrainingPlan, hasTrained: boolean): string[] {
    const looked = hasTrained ? ['train', plan.judgedOn] : ['train']
    const rest = Object.entries(this.#options.rowsOfRuns?.get(plan) ?? {}).flatMap(([table, rows]) => {
      const more = rows - plan.table(table).rows.length
      const cure = table === 'train' ? '' : ` (--set data.testLimit=${rows} takes them)`
      return looked.includes(table) && more > 0
        ? [`${more.toLocaleString('en-US')} more rows of "${table}"${cure}`]
        : []
    })
    const others = Object.keys(plan.tables).filter((table) => !['train', plan.judgedOn].includes(table))
    return [...rest, ...others.map((table) => `evaluations of "${table}"`)]
  }

  async #train(context: CheckContext): Promise<RunComparison[]> {
    if (!this.#has('run')) return []
    this.#mode = 'run'
    const { seeds = 1, untilDecided = seeds, steps = defaultSteps.trained } = this.#options
    return checkRuns({ ...context, steps, seeds, untilDecided })
  }

  async arm(plan: TrainingPlan): Promise<ArmReport> {
    const { armName: name, arm } = plan
    this.#arm = name
    const { signal, onStage = () => {} } = this.#options
    const context: CheckContext = {
      plan,
      tolerances: tolerancesFor(arm.precision, this.#options.tolerances),
      backends: this.#watched(),
      findings: this.findings,
      onStage: (text) => onStage(`${name}: ${text}`),
      signal,
      batchesOfRun: this.#batchesOfRun(plan),
    }
    const stepChecks = await this.#checkSteps(context)
    const runs = await this.#train(context)
    return {
      arm: name,
      precision: arm.precision,
      tolerances: context.tolerances,
      judgements: this.#judgements(stepChecks, runs),
      operations: this.#has('ops') ? stepChecks.operations : [],
      steps: stepChecks.steps,
      runs,
      unchecked: [...this.#unchecked(plan, runs.length > 0), ...stepChecks.unchecked],
    }
  }

  #judgements({ compared }: StepCheckResult, runs: readonly RunComparison[]): ArmReport['judgements'] {
    const of = (mode: TrainingCheckMode) =>
      this.findings.all.filter((finding) => finding.arm === this.#arm && finding.mode === mode)
    return {
      ...(this.#has('ops') && { ops: this.#despiteFailures('ops', judge(of('ops'), compared.ops)) }),
      ...(this.#has('step') && { step: this.#despiteFailures('step', judge(of('step'), compared.step)) }),
      ...(this.#has('run') && { run: this.#despiteFailures('run', this.#judgeRuns(of('run'), runs)) }),
    }
  }

  /** Modes of single steps share their work: what fails in one was not done for the other. */
  #despiteFailures(mode: TrainingCheckMode, judgement: Judgement): Judgement {
    const isRun = mode === 'run'
    const bears = (failure: CheckFailure): boolean =>
      failure.arm === undefined || (failure.arm === this.#arm && (failure.mode === 'run') === isRun)
    return despiteFailures(this.findings.failures.filter(bears), judgement)
  }

  /** Tells of backends that fail at the end. @returns what judges an arm anew, of which all was done before. */
  async end(): Promise<(arm: ArmReport) => ArmReport> {
    const late = (await this.#options.atEnd?.()) ?? []
    const failures = late.map((failure) => ({ ...failure, mode: this.#mode }))
    this.findings.failures.push(...failures)
    const anew = (judgement: Judgement): Judgement => despiteFailures(failures, judgement)
    return (arm) => ({
      ...arm,
      judgements: Object.fromEntries(Object.entries(arm.judgements).map(([mode, own]) => [mode, anew(own)])),
    })
  }

  #judgeRuns(findings: readonly Finding[], runs: readonly RunComparison[]): Judgement {
    const own = judge(findings, runs.length)
    if (own.verdict === 'disagree') return own
    if (this.#options.backends.length < 2) {
      return { verdict: 'inconclusive', reason: 'free training needs two backends to compare' }
    }
    return combine(runs.map(({ judgement }) => judgement))
  }
}

/** Runs a check. @throws InputError when an experiment does not fit its data; failures of backends are in the report. */
export async function checkExperiment(options: CheckOptions): Promise<CheckReport> {
  const checker = new Checker(options)
  const arms: ArmReport[] = []
  for (const plan of options.plans) {
    // oxlint-disable-next-line no-await-in-loop -- one arm at a time: backends share the cores
    arms.push(await checker.arm(plan))
    options.onArm?.(plan.armName)
  }
  const { experiment, backends, modes, nameInCommand } = options
  const ended = await checker.end()
  const { all: findings, failures } = checker.findings
  const named = backends.map(({ name, info }) => ({ name, info }))
  const checked = { experiment, backends: named, modes, arms: arms.map(ended), findings, failures }
  return reportOn(checked, nameInCommand)
}
