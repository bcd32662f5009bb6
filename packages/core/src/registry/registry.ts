/**
 * The registry: every table of records that an experiment can name, as one value. `builtins` holds ours;
 * `builtins.extend(mine)` is another registry with more. Nothing here is global, and nothing read from a file adds to it.
 */
import type { EncodingRecord } from '../data/encodings/encoding.js'
import type { FormatRecord } from '../data/formats/format.js'
import type { DataRecord } from '../data/record.js'
import { failAt } from '../errors.js'
import { docsPage } from '../text/docs-page.js'
import type { ActivationRecord } from '../model/activations/activation.js'
import type { ConstraintRecord } from '../model/constraints/constraint.js'
import type { InitializerRecord } from '../model/initializers/initializer.js'
import type { LayerRecord } from '../model/layers/layer.js'
import type { RegularizerRecord } from '../model/regularizers/regularizer.js'
import { didYouMean } from '../nearest.js'
import type { OptimizerRecord } from '../optimize/optimizers/optimizer.js'
import type { ScheduleRecord } from '../optimize/schedules/schedule.js'
import type { LossRecord } from '../task/losses/loss.js'
import type { MetricRecord } from '../task/metrics/metric.js'
import type { TaskRecord } from '../task/tasks/task.js'
import type { Table } from './settings.js'

/** The tables. */
export interface Tables {
  readonly layers: Table<LayerRecord>
  readonly activations: Table<ActivationRecord>
  readonly initializers: Table<InitializerRecord>
  readonly regularizers: Table<RegularizerRecord>
  readonly constraints: Table<ConstraintRecord>
  readonly losses: Table<LossRecord>
  readonly metrics: Table<MetricRecord>
  readonly tasks: Table<TaskRecord>
  readonly optimizers: Table<OptimizerRecord>
  readonly schedules: Table<ScheduleRecord>
  readonly data: Table<DataRecord>
  readonly formats: Table<FormatRecord>
  readonly encodings: Table<EncodingRecord>
}

/** A module that added records, for runs' records: they cannot be trained or resumed without it. */
export interface ModuleMark {
  /** As the user named it: a package, or the name of a file. */
  readonly name: string
  /** SHA-256 of its file. */
  readonly sha256: string
}

/** Records to add: any of the tables, each with new names only. */
export type Extension = { readonly [K in keyof Tables]?: Tables[K] }

/** Members by name, with what `typeof` says of each, or the texts that it may be. */
type Members = Readonly<Record<string, 'function' | 'object' | 'string' | readonly string[]>>

const summed: Members = { emit: 'function', error: 'function' }
const program: Members = { state: 'function', scalars: 'function', update: 'function' }
const host: Members = {
  statePrefix: 'string',
  initial: 'function',
  checkState: 'function',
  step: 'function',
  updates: 'function',
}

/** Members that a record of each table must have, for records that were written without types. */
const required: { readonly [K in keyof Tables]: (record: Readonly<Record<string, unknown>>) => Members } = {
  layers: () => ({ build: 'function' }),
  activations: () => ({ emit: 'function' }),
  initializers: () => ({ fill: 'function' }),
  regularizers: () => ({ emit: 'function' }),
  constraints: () => ({ emit: 'function' }),
  losses: () => ({ emit: 'function', suits: 'object' }),
  metrics: ({ reads }) => ({
    label: 'function',
    suits: 'object',
    format: ['percent', 'number'],
    better: ['larger', 'smaller'],
    reads: ['rows', 'sum'],
    ...(reads === 'rows' ? { accumulator: 'function' } : summed),
  }),
  tasks: () => ({
    targetType: ['category', 'flags', 'distribution', 'numbers', 'none'],
    prediction: 'object',
    width: 'function',
  }),
  optimizers: ({ runs }) => ({ runs: ['program', 'host'], ...(runs === 'host' ? host : program) }),
  schedules: () => ({ by: ['step', 'epoch'], rate: 'function' }),
  data: ({ from }) => ({ from: 'string', about: 'string', ...(from === 'generator' && { make: 'function' }) }),
  formats: () => ({ about: 'string', matches: 'function', read: 'function' }),
  encodings: () => ({ about: 'string', fit: 'function' }),
}

const tableNames = Object.keys(required) as readonly (keyof Tables)[]

/** The name of the registry's table that has these records, with what the schema may add to each; undefined where none has. */
export function tableNameOf(registry: Registry, table: Table<unknown>): keyof Tables | undefined {
  const records = Object.keys(table).join()
  return tableNames.find((name) => Object.keys(registry[name]).join() === records)
}

function isTableName(name: string): name is keyof Tables {
  return Object.hasOwn(required, name)
}

/** The expected and the given value, in words, where they do not fit. */
function misfit(type: Members[string], value: unknown): string | undefined {
  if (typeof type === 'string') {
    return typeof value === type ? undefined : `a value of the type ${type}, got ${typeof value}`
  }
  const choices = type.map((choice) => `"${choice}"`).join(' or ')
  return type.some((choice) => choice === value) ? undefined : `${choices}, got "${String(value)}"`
}

function checkRecord(where: string, name: string, record: unknown, membersOf: (typeof required)[keyof Tables]): void {
  if (!/^[A-Za-z][A-Za-z0-9_-]{0,99}$/.test(name) || name in Object.prototype) {
    failAt(where, `expected a name of letters, digits, _ and -, got "${name}"`)
  }
  if (typeof record !== 'object' || record === null) failAt(where, `expected a record, got ${typeof record}`)
  const given = record as Readonly<Record<string, unknown>>
  for (const [member, type] of Object.entries(membersOf(given))) {
    if (!(member in given)) failAt(where, `the record lacks "${member}"; see ${docsPage('extending.md')}`)
    const problem = misfit(type, given[member])
    if (problem !== undefined) failAt(where, `"${member}": expected ${problem}; see ${docsPage('extending.md')}`)
  }
}

function extendTable<R>(
  what: string,
  table: Table<R>,
  added: unknown,
  members: (typeof required)[keyof Tables],
): Table<R> {
  if (typeof added !== 'object' || added === null) return failAt(what, `expected records by name, got ${typeof added}`)
  for (const [name, record] of Object.entries(added)) {
    const where = `${what}.${name}`
    checkRecord(where, name, record, members)
    if (Object.hasOwn(table, name)) failAt(where, 'there is a record of that name already; choose another name')
  }
  return { ...table, ...added }
}

/** All tables, and the modules that added to them. */
export class Registry implements Tables {
  readonly layers: Tables['layers']
  readonly activations: Tables['activations']
  readonly initializers: Tables['initializers']
  readonly regularizers: Tables['regularizers']
  readonly constraints: Tables['constraints']
  readonly losses: Tables['losses']
  readonly metrics: Tables['metrics']
  readonly tasks: Tables['tasks']
  readonly optimizers: Tables['optimizers']
  readonly schedules: Tables['schedules']
  readonly data: Tables['data']
  readonly formats: Tables['formats']
  readonly encodings: Tables['encodings']
  readonly modules: readonly ModuleMark[]

  constructor(tables: Tables, modules: readonly ModuleMark[] = []) {
    this.layers = tables.layers
    this.activations = tables.activations
    this.initializers = tables.initializers
    this.regularizers = tables.regularizers
    this.constraints = tables.constraints
    this.losses = tables.losses
    this.metrics = tables.metrics
    this.tasks = tables.tasks
    this.optimizers = tables.optimizers
    this.schedules = tables.schedules
    this.data = tables.data
    this.formats = tables.formats
    this.encodings = tables.encodings
    this.modules = modules
  }

  /**
   * A registry with more records; this one stays as it is.
   * @param mark the module they come from, if it is one.
   * @throws InputError for a table that is not there, a name that is taken, or a record that lacks a function.
   */
  extend(extension: Extension, mark?: ModuleMark): Registry {
    const where = mark === undefined ? 'extension' : `extension "${mark.name}"`
    if (typeof extension !== 'object' || extension === null) failAt(where, `expected tables, got ${typeof extension}`)
    const unknown = Object.keys(extension).find((name) => !isTableName(name))
    if (unknown !== undefined) {
      failAt(where, `"${unknown}" is no table${didYouMean(unknown, tableNames)} There are: ${tableNames.join(', ')}`)
    }
    const merged = tableNames.map((name) => [
      name,
      extension[name] === undefined
        ? this[name]
        : extendTable(`${where}: ${name}`, this[name] as Table<unknown>, extension[name], required[name]),
    ])
    return new Registry(
      Object.fromEntries(merged) as Tables,
      mark === undefined ? this.modules : [...this.modules, mark],
    )
  }

  /** The registry with another table in the place of one; this one stays as it is. */
  replacing<K extends keyof Tables>(name: K, table: Tables[K]): Registry {
    const tables = tableNames.map((each) => [each, each === name ? table : this[each]])
    return new Registry(Object.fromEntries(tables) as Tables, this.modules)
  }
}
