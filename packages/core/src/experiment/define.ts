/**
 * Experiments in code: the document of a file with the types that its records give it, so that an editor completes names and
 * settings and refuses those that are not there. The types are those of the tables; a record added there is known here.
 */
import type * as z from 'zod/mini'
import type { optimizers } from '../optimize/optimizers/index.js'
import type { schedules } from '../optimize/schedules/index.js'
import type { activations } from '../model/activations/index.js'
import type { initializers } from '../model/initializers/index.js'
import type { layers } from '../model/layers/index.js'
import type { Extension } from '../registry/registry.js'
import type { Shape } from '../registry/settings.js'
import type { losses } from '../task/losses/index.js'
import type { metrics } from '../task/metrics/index.js'
import type { tasks } from '../task/tasks/index.js'
import { type Experiment, parseExperiment, type ParseOptions } from './experiment.js'
import type { armSchema } from './schema.js'

interface BuiltinTables {
  readonly layers: typeof layers
  readonly activations: typeof activations
  readonly initializers: typeof initializers
  readonly losses: typeof losses
  readonly metrics: typeof metrics
  readonly tasks: typeof tasks
  readonly optimizers: typeof optimizers
  readonly schedules: typeof schedules
}

/** The shape of a record's settings; of a function that makes one, what it makes. */
type ShapeOf<S> = S extends (...schemas: never[]) => infer Made ? Made : S extends Shape ? S : never

/** Settings as they are written; a record whose settings are not known by type has none. */
type Written<S> = [S] extends [Shape]
  ? string extends keyof S
    ? unknown
    : z.input<z.ZodMiniObject<S, z.core.$strict>>
  : unknown

type SettingsIn<R> = R extends { readonly settings?: infer S } ? Written<ShapeOf<NonNullable<S>>> : unknown

/** A spec of any record of a table, with the settings of that record. */
type SpecIn<T> = { [K in keyof T & string]: { readonly type: K } & SettingsIn<T[K]> }[keyof T & string]

/** As `SpecIn`, or the bare name. */
type Named<T> = SpecIn<T> | (keyof T & string)

type TableOf<E, K extends keyof BuiltinTables> = BuiltinTables[K] &
  (E extends { readonly [N in K]: infer T } ? T : unknown)

/** A head beside the first. */
interface HeadIn<E> {
  readonly task: Named<TableOf<E, 'tasks'>>
  readonly loss?: Named<TableOf<E, 'losses'>>
  readonly metrics?: readonly Named<TableOf<E, 'metrics'>>[]
  readonly lossWeight?: number
  readonly layer?: string
}

/** The fields that hold records. */
interface RecordFields<E> {
  readonly task?: Named<TableOf<E, 'tasks'>>
  readonly model: {
    readonly layers: readonly (SpecIn<TableOf<E, 'layers'>> & { readonly name?: string; readonly inputs?: string[] })[]
    readonly output?: string
  }
  readonly activation?: Named<TableOf<E, 'activations'>>
  readonly initializers?: {
    readonly weights?: SpecIn<TableOf<E, 'initializers'>>
    readonly biases?: SpecIn<TableOf<E, 'initializers'>>
  }
  readonly loss?: Named<TableOf<E, 'losses'>>
  readonly metrics?: readonly Named<TableOf<E, 'metrics'>>[]
  readonly heads?: Readonly<Record<string, HeadIn<E>>>
  readonly optimizer: SpecIn<TableOf<E, 'optimizers'>>
  readonly schedule?: Named<TableOf<E, 'schedules'>> | (object & { readonly type: string })
}

type Plain = Omit<z.input<ReturnType<typeof armSchema>['arm']>, keyof RecordFields<unknown>>

/** A difference to the rest of an experiment: null removes a field. */
type Patch<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: Patch<T[K]> | null }
    : T

/** The document of an experiment, as its file has it. @template E tables of your own that are added to isograd's */
export type ExperimentDocument<E = unknown> = Plain &
  RecordFields<E> & { readonly arms?: Readonly<Record<string, Patch<Plain & RecordFields<E>>>> }

/**
 * An experiment written in code: what `parseExperiment` makes of a document, checked by the compiler first.
 * @template E the type of an extension whose records it may name; the registry in `options` has them too.
 * @throws ExperimentError listing every field that is wrong.
 */
export function defineExperiment<E extends Extension = Extension>(
  document: ExperimentDocument<Extension extends E ? unknown : E>,
  options: ParseOptions = {},
): Experiment {
  return parseExperiment(document, options)
}
