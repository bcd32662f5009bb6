/**
 * Holds the records of an extension against the laws of their tables, on the reference backend in float64. It is free of
 * any test framework: what comes back is a list to print or to assert. `laws/` has the laws of each table.
 */
import type * as z from 'zod/mini'
import { InputError } from '../errors.js'
import { problemsOf, problemText } from '../experiment/problems.js'
import { armSchema } from '../experiment/schema.js'
import type { Extension, Registry, Tables } from '../registry/registry.js'
import type { Spec, Table } from '../registry/settings.js'
import { activationLaws } from './laws/activations.js'
import { initializerLaws } from './laws/initializers.js'
import type { Law, Subject } from './laws/law.js'
import { layerLaws } from './laws/layers.js'
import { lossLaws } from './laws/losses.js'
import { metricLaws } from './laws/metrics.js'
import { optimizerLaws } from './laws/optimizers.js'
import { constraintLaws, regularizerLaws } from './laws/regularizers.js'
import { scheduleLaws } from './laws/schedules.js'
import { thrownText } from '../text/visible.js'

/** One law of one record, held or broken. */
export interface LawResult {
  /** `losses`, `layers`, ... */
  readonly table: keyof Tables
  /** The record's name in its table. */
  readonly name: string
  /** A few words: `value`, `gradient`, `state`; `settings` where a record could not be tried. */
  readonly law: string
  readonly ok: boolean
  /** The breach, naming the tensor or state that is wrong; empty where the law holds. */
  readonly detail: string
}

/**
 * Settings to try records with, by table and name: for those that cannot be left out, or to try others than the defaults.
 * A record is tried with each entry of its list: `{ layers: { dense: [{ units: 4 }] } }`.
 */
export type Examples = {
  readonly [K in keyof Tables]?: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>
}

/** A table whose records have laws. */
interface LawfulTable<R> {
  readonly laws: (subject: Subject<R>) => Law[]
  /** Completes settings. @throws InputError saying what is wrong with them. */
  readonly parse: (registry: Registry, spec: Spec) => Spec | undefined
}

function shapeOf(registry: Registry) {
  return armSchema(registry).arm.def.shape
}

/** A part of an experiment, with its defaults. @throws InputError saying what is wrong with it. */
function read<S extends z.ZodMiniType>(schema: S, document: unknown): z.output<S> {
  const parsed = schema.safeParse(document)
  if (parsed.success) return parsed.data
  const lines = problemsOf(parsed.error, document).map((problem) => problemText(problem))
  throw new InputError('core', lines.join('; '))
}

type RecordOf<K extends keyof Tables> = Tables[K] extends Table<infer R> ? R : never

/** Tasks are data, and data sets and formats are held against what they load: none has laws here. */
const lawful: {
  readonly [K in Exclude<keyof Tables, 'tasks' | 'data' | 'formats' | 'encodings'>]: LawfulTable<RecordOf<K>>
} = {
  layers: { laws: layerLaws, parse: (registry, spec) => read(shapeOf(registry).model, { layers: [spec] }).layers[0] },
  activations: { laws: activationLaws, parse: (registry, spec) => read(shapeOf(registry).activation, spec) },
  initializers: {
    laws: initializerLaws,
    parse: (registry, spec) => read(shapeOf(registry).initializers, { weights: spec }).weights,
  },
  regularizers: { laws: regularizerLaws, parse: (registry, spec) => read(shapeOf(registry).regularizer, spec) },
  constraints: { laws: constraintLaws, parse: (registry, spec) => read(shapeOf(registry).constraint, spec) },
  losses: { laws: lossLaws, parse: (registry, spec) => read(shapeOf(registry).loss, spec) },
  metrics: { laws: metricLaws, parse: (registry, spec) => read(shapeOf(registry).metrics, [spec])[0] },
  schedules: { laws: scheduleLaws, parse: (registry, spec) => read(shapeOf(registry).schedule, spec) },
  optimizers: { laws: optimizerLaws, parse: (registry, spec) => read(shapeOf(registry).optimizer, spec) },
}

/** The registry itself where it has the records already, or one that has them as well. */
function holding(registry: Registry, extension: Extension): Registry {
  const isHeld = (Object.keys(extension) as (keyof Extension)[]).every((table) =>
    Object.entries(extension[table] ?? {}).every(([name, record]) => registry[table]?.[name] === record),
  )
  return isHeld ? registry : registry.extend(extension)
}

async function held({ law, check }: Law): Promise<Pick<LawResult, 'law' | 'ok' | 'detail'>> {
  try {
    const breach = await check()
    return { law, ok: breach === undefined, detail: breach ?? '' }
  } catch (error) {
    return { law, ok: false, detail: thrownText(error) }
  }
}

/** The results of one record with some of its settings. */
async function checkRecord<R>(
  { laws, parse }: LawfulTable<R>,
  registry: Registry,
  record: R,
  written: Spec,
): Promise<Pick<LawResult, 'law' | 'ok' | 'detail'>[]> {
  const settings = await held({ law: 'settings', check: () => void parse(registry, written) })
  const spec = settings.ok ? parse(registry, written) : undefined
  if (spec === undefined) {
    const cure = 'give settings to try it with as the third argument, by table and name'
    return [{ ...settings, ok: false, detail: `${settings.detail}; ${cure}` }]
  }
  const results = []
  // oxlint-disable-next-line no-await-in-loop -- one law after the other: they share one core
  for (const law of laws({ record, spec, registry })) results.push(await held(law))
  return results
}

async function checkTable<K extends keyof typeof lawful>(
  table: K,
  registry: Registry,
  records: Table<RecordOf<K>>,
  examples: Examples,
): Promise<LawResult[]> {
  const results: LawResult[] = []
  for (const [name, record] of Object.entries<RecordOf<K>>(records)) {
    const given = examples[table]?.[name] ?? []
    for (const settings of given.length === 0 ? [{}] : given) {
      const kind = lawful[table] as LawfulTable<RecordOf<K>>
      // oxlint-disable-next-line no-await-in-loop
      const found = await checkRecord(kind, registry, record, { type: name, ...settings })
      results.push(...found.map((result) => ({ table, name, ...result })))
    }
  }
  return results
}

/**
 * Holds each record of an extension against its laws: a loss against its own `value` and the slopes of that, the gradients of
 * activations and layers against finite differences, an optimizer's state and determinism, a metric's independence of how rows are
 * split into batches, an initializer's shape and determinism.
 * @param registry what the extension's records may name, itself included or not: `builtins`.
 * @throws InputError when the registry cannot be extended so; what the records do wrong is in the results.
 */
export async function checkExtension(
  registry: Registry,
  extension: Extension,
  examples: Examples = {},
): Promise<LawResult[]> {
  const whole = holding(registry, extension)
  const results: LawResult[] = []
  for (const table of Object.keys(lawful) as (keyof typeof lawful)[]) {
    // oxlint-disable-next-line no-await-in-loop
    results.push(...(await checkTable(table, whole, (extension[table] ?? {}) as Table<never>, examples)))
  }
  return results
}
