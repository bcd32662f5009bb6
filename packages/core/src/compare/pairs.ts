/**
 * The end of a check in plain words: one verdict for each pair of backends with its reason, the figure that is nearest to
 * its limit or beyond it, and what to do next; the parts of the training that nobody looked into; and how many finals
 * chance alone would put beyond their limit.
 */
import type { AgainstRecord, ArmReport, CheckReport } from './check.js'
import { short } from './findings.js'
import { furthest } from './runs/growth.js'
import { chanceBeyond } from '../numerics/normal.js'
import { combine, concerns, type Finding, type FindingKind, type Judgement } from './verdict.js'

/** A measured figure beside its limit. */
export interface Evidence {
  /** The measured quantity, in words. */
  readonly what: string
  readonly measured: number
  /** The largest that is let pass. */
  readonly limit: number
}

/** The verdict over two backends; over one alone, or a file, it is held against the float64 reference. */
export interface PairVerdict extends Judgement {
  readonly backends: readonly [string, string] | readonly [string]
  /** The figure that decided: of those that agree, the one nearest to its limit. Absent where nothing was measured. */
  readonly evidence?: Evidence
  /** The next thing to do; absent where nothing is left to do. */
  readonly next?: string
}

/** Comparisons that a limit in standard errors decides, and how many exceed it. */
export interface Chance {
  /** The number of comparisons. */
  readonly comparisons: number
  /** Of so many normal deviates, those that would exceed their limits. */
  readonly expected: number
  /** Those that exceed their limits. */
  readonly exceeded: number
}

type JudgedArm = Omit<ArmReport, 'againstRecord'> & {
  readonly againstRecord?: readonly Pick<AgainstRecord, 'backend' | 'judgement'>[]
}
type Report = Pick<CheckReport, 'findings' | 'failures'> & { readonly arms: readonly JudgedArm[] }
type Subjects = PairVerdict['backends']

function evidenceOf(what: string, measured: number, limit: number): Evidence {
  return { what, measured, limit }
}

/** The figures of an arm: those of whole trainings, of single steps, of operations. */
function figuresOf({ arm, operations, steps, runs, tolerances }: JudgedArm, subjects: Subjects): Evidence[][] {
  const isOwn = ({ backend }: { readonly backend: string }): boolean => subjects.includes(backend)
  const own = runs.filter(({ backends }) => subjects.every((name) => backends.includes(name)))
  return [
    own.flatMap(({ curve, finals }) => [
      evidenceOf(`${arm}: distance of the trainings, in noise floors`, furthest(curve), tolerances.run),
      evidenceOf(`${arm}: finals, in standard errors`, finals.measured, finals.tolerance),
    ]),
    steps
      .filter(isOwn)
      .flatMap(({ quantities }) =>
        quantities.map(({ kind, name, error }) =>
          evidenceOf(`${arm}: relative error of ${kind === name ? '' : `${kind} `}${name}`, error, tolerances[kind]),
        ),
      ),
    operations
      .filter(isOwn)
      .map(({ operation, ratio }) =>
        evidenceOf(`${arm}: error of ${operation} / its rounding bound`, ratio, tolerances.ops),
      ),
  ]
}

/** The figure nearest to its limit, of the bluntest question that was asked; what is let pass beyond it is told by a remark. */
function nearest({ arms }: Report, subjects: Subjects): Evidence | undefined {
  const figures = arms.map((arm) => figuresOf(arm, subjects))
  const asked = [0, 1, 2].map((question) =>
    figures.flatMap((ofArm) => (ofArm[question] ?? []).filter(({ measured, limit }) => measured <= limit)),
  )
  const [first, ...rest] = asked.find(({ length }) => length > 0) ?? []
  return (
    first && rest.reduce((best, each) => (each.measured / each.limit > best.measured / best.limit ? each : best), first)
  )
}

/** The same command with other options. */
function again({ arm, backend }: Pick<Finding, 'arm' | 'backend'>, options: string): string {
  const own = [...(arm === undefined ? [] : [`--arm ${arm}`]), `--backend ${backend.replaceAll(' and ', ',')}`, options]
  return `the same command with ${own.join(' ')}`
}

const contract = ({ backend }: Finding): string =>
  `isograd conformance ${backend.split(' and ')[0] ?? backend} shows it in the smallest program, for the makers of the backend`
const byOperation = (finding: Finding): string =>
  `${again(finding, `--mode ops --steps ${(finding.step ?? 0) + 1}`)} looks for the operation behind it`
const bySeeds = (finding: Finding): string => `${again(finding, '--mode run --seeds 5')} tells it from chance`
/** The command that shows a finding again: one of free training needs both backends. */
const repeated = (finding: Finding, options: string): string =>
  finding.mode === 'run' ? 'the same command with --mode run repeats it' : `${again(finding, options)} repeats it alone`
const single = (finding: Finding): string =>
  `${repeated(finding, '--mode ops')}; show the finding to the makers of the backend`
const wrong = (finding: Finding): string =>
  finding.mode === 'run'
    ? single(finding)
    : `${repeated(finding, '--mode ops --out DIR')}; where isograd has the backend built in, isograd reduce DIR then writes a small program that shows the fault without isograd`

/** The next thing to do about a fault of each kind. */
const advice: Readonly<Record<FindingKind, (finding: Finding) => string>> = {
  operation: wrong,
  precision: single,
  loss: byOperation,
  gradient: byOperation,
  update: byOperation,
  state: byOperation,
  scan: contract,
  observation: contract,
  nondeterminism: contract,
  mutation: contract,
  amplification: byOperation,
  overflow: () => 'smaller initial weights, inputs or a smaller learning rate keep the values in range',
  underflow: () => 'larger initial weights, or fewer layers, keep the values in range',
  trajectory: byOperation,
  // Finals that differ with the same parameters are no matter of chance.
  final: (finding) => (finding.toleranceName === undefined ? single(finding) : bySeeds(finding)),
  missing: () => 'write what is missing, and compare again',
  record: () => 'isograd check EXPERIMENT --against RUN repeats the training here and says where they part',
}

/** A backend as a command line names it, from its own name: an adapter's path, where it was named by one. */
export type NameInCommand = (backend: string) => string

/** Free training needs another backend; the other modes do not. */
const alone = 'name a second backend with --backend; --mode ops and --mode step judge one by itself'

const unexplained =
  'nothing that was tried explains it: compare, between the program that wrote the trace and the experiment,'

/** A trace was made elsewhere: no command repeats it. What is out says which part of the program to look at. */
function elsewhere({ cause, kind }: Finding): string {
  if (cause !== undefined)
    return `the program that wrote the trace has ${cause}: let it do as asked for, or change the experiment`
  if (kind === 'loss') {
    return `${unexplained} how samples are prepared and labels numbered, the layers and activations, and what stands between the last layer and the loss`
  }
  if (kind === 'gradient') {
    return `${unexplained} what is done to gradients behind a loss that is right: what is detached, frozen, scaled or added up`
  }
  return `${unexplained} the optimizer, its settings, and what changes weights and states beside it`
}

function adviceOn(fault: Finding, inCommand: NameInCommand): string {
  return fault.mode === 'trace' ? elsewhere(fault) : advice[fault.kind](asInCommand(fault, inCommand))
}

function asInCommand(fault: Finding, inCommand: NameInCommand): Finding {
  return { ...fault, backend: fault.backend.split(' and ').map(inCommand).join(' and ') }
}

function disagreement(
  subjects: Subjects,
  faults: readonly Finding[],
  fault: Finding,
  inCommand: NameInCommand,
): PairVerdict {
  const { sentence, measured, tolerance, kind, arm, tensor, node = tensor } = fault
  const what = [`${arm === undefined ? '' : `${arm}: `}${kind}`, ...(node === undefined ? [] : [node])].join(' ')
  const more = faults.length === 1 ? '' : ` (and ${faults.length - 1} more)`
  return {
    backends: subjects,
    verdict: 'disagree',
    reason: `${sentence}${more}`,
    ...(measured !== undefined && tolerance !== undefined && { evidence: evidenceOf(what, measured, tolerance) }),
    next: adviceOn(fault, inCommand),
  }
}

const innocent: Judgement = { verdict: 'agree', reason: 'no finding concerns them' }

function judgementsOf({ arms }: Report, subjects: Subjects): Judgement[] {
  return arms.flatMap(({ judgements, runs, againstRecord }) => {
    const { run, ...others } = judgements
    const own = runs.filter(({ backends }) => subjects.every((name) => backends.includes(name)))
    const trained = own.length > 0 ? own.map(({ judgement }) => judgement) : run === undefined ? [] : [run]
    const records = againstRecord?.filter(({ backend }) => subjects.includes(backend))
    const judged = records?.map(({ judgement }) => judgement) ?? Object.values(others)
    // A mode that disagrees does so by findings: where none concerns these two, they are within its limits.
    return [...judged.map((each) => (each.verdict === 'disagree' ? innocent : each)), ...trained]
  })
}

/** True where every backend was held against a record, and none against another. */
function isOfRecord({ arms }: Report): boolean {
  return arms.some(({ againstRecord }) => againstRecord !== undefined)
}

/** The most that was compared in any arm. */
function comparedPart({ arms }: Report): string {
  const modes = new Set(arms.flatMap(({ judgements }) => Object.keys(judgements)))
  if (modes.size === 1 && modes.has('ops')) return 'operations'
  return modes.has('step') && !modes.has('run') ? 'steps' : 'training'
}

function agreement(report: Report, subjects: Subjects): PairVerdict {
  const [a, b = isOfRecord(report) ? 'the record' : 'the float64 reference'] = subjects
  const own = report.findings.filter(({ backend }) => subjects.some((name) => concerns(backend, name)))
  const declared = own.find(({ kind }) => kind === 'precision')
  const amplified = own.some(({ kind }) => kind === 'amplification')
  const further = [
    ...(declared === undefined ? [] : [`; ${declared.sentence}`]),
    ...(amplified ? ['; where they are further apart, the network itself amplifies rounding'] : []),
  ].join('')
  const evidence = nearest(report, subjects)
  const reason = `${a} and ${b} compute the same ${comparedPart(report)}: no difference exceeds what rounding explains${further}`
  return { backends: subjects, verdict: 'agree', reason, ...(evidence && { evidence }) }
}

function pairVerdict(report: Report, subjects: Subjects, inCommand: NameInCommand): PairVerdict {
  const isOwn = ({ backend }: { readonly backend: string }): boolean => subjects.some((name) => concerns(backend, name))
  const faults = report.findings.filter((finding) => finding.severity === 'fault' && isOwn(finding))
  const [fault] = faults
  if (fault !== undefined) return disagreement(subjects, faults, fault, inCommand)
  const failure = report.failures.find(isOwn)
  if (failure !== undefined) {
    const { backend, message, mode, operation } = failure
    const named = inCommand(backend)
    const only = operation === undefined ? '' : ` --only "${operation}/*"`
    const byItself =
      isOfRecord(report) || mode === 'run'
        ? ''
        : `${again({ ...failure, backend: named }, `--mode ${mode}`)} repeats it alone; `
    const next = `${byItself}isograd conformance ${named}${only} says what it cannot do`
    return { backends: subjects, verdict: 'inconclusive', reason: `${backend} failed: ${message}`, next }
  }
  const judgement = combine(judgementsOf(report, subjects))
  if (judgement.verdict === 'agree') return agreement(report, subjects)
  const { verdict, reason, needs } = judgement
  const more = needs && `--seeds ${needs.seeds} decides it; so does --until-decided`
  const next = subjects.length === 1 && !isOfRecord(report) ? alone : more
  return { backends: subjects, verdict, reason, ...(needs && { needs }), ...(next && { next }) }
}

/** The verdicts of a report: each backend against the first, or the only one against the reference; each against a record. */
export function pairVerdicts(
  report: Report,
  backends: readonly string[],
  inCommand: NameInCommand = (backend) => backend,
): PairVerdict[] {
  const [first, ...others] = backends
  if (first === undefined) return []
  const areAlone = others.length === 0 || isOfRecord(report)
  const pairs: Subjects[] = areAlone ? backends.map((name) => [name]) : others.map((name) => [first, name])
  return pairs.map((subjects) => pairVerdict(report, subjects, inCommand))
}

/** Finals that are held against a number of standard errors, and what chance would do to so many. */
export function chanceOf(finals: readonly { readonly measured: number; readonly tolerance: number }[]): Chance {
  return {
    comparisons: finals.length,
    expected: finals.reduce((sum, { tolerance }) => sum + chanceBeyond(tolerance), 0),
    exceeded: finals.filter(({ measured, tolerance }) => !(measured <= tolerance)).length,
  }
}

/** Fewer exceedances by chance than this are none. */
const SELDOM = 1e-6

function expectedText(expected: number): string {
  if (expected < SELDOM) return 'chance alone puts none there'
  const share = Math.round(1 / expected).toLocaleString('en-US')
  return expected < 0.5
    ? `chance alone puts one there once in ${share} times`
    : `chance alone puts ${short(expected)} there`
}

/** The words for it: 3 final figures compared, 0 beyond the limit; chance alone puts one there once in 123 times. */
export function chanceText({ comparisons, expected, exceeded }: Chance): string {
  const finals = comparisons === 1 ? '1 final figure' : `${comparisons} final figures`
  return `${finals} compared, ${exceeded} beyond the limit; ${expectedText(expected)}`
}
