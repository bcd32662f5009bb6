/**
 * Settings of the records in open tables. A record lists its settings as a shape of zod schemas, or as a function that
 * makes one from the schemas of other tables (a layer may hold layers, initializers, activations). The name in the table
 * becomes the `type` of the spec that an experiment writes.
 */
import * as z from 'zod/mini'
import { InputError } from '../errors.js'
import { didYouMean } from '../nearest.js'

/** The schemas that settings are made of, zod/mini's, so that whoever extends the tables needs no copy of their own. */
export * as z from 'zod/mini'

/** Settings by name, each with its schema; every default is in the schema. */
export type Shape = Readonly<Record<string, z.ZodMiniType>>

/** Settings as the record's functions get them: complete, defaults filled in. */
export type SettingsOf<S extends Shape> = z.output<z.ZodMiniObject<S, z.core.$strict>>

/** An entry of a table as an experiment writes it: `{ "type": "dense", "units": 10 }`. */
export interface Spec {
  /** Name of the record in its table. */
  readonly type: string
  readonly [setting: string]: unknown
}

/** Schemas of whole tables, for settings that hold a spec of another table. */
export interface SpecSchemas {
  readonly layer: z.ZodMiniType<Spec>
  readonly activation: z.ZodMiniType<Spec>
  readonly initializer: z.ZodMiniType<Spec>
}

/** The part that records of all tables share. */
export interface NamedRecord<S extends Shape = Shape> {
  /** Absent: none. */
  readonly settings?: S | ((schemas: SpecSchemas) => S)
  /** Settings by formulation, where frameworks differ in them; `settings` then only has their names. The first is the default. */
  readonly formulations?: Readonly<Record<string, NamedRecord>>
  /** The text of what is expected where settings contradict each other; undefined where they do not. */
  contradiction?(settings: SettingsOf<S>): string | undefined
}

/** Records by name. */
export type Table<R> = Readonly<Record<string, R>>

/** Schemas of a record's formulations, told apart by the setting of that name, which the first may leave out. */
function formulationSchemas(name: string, formulations: Readonly<Record<string, NamedRecord>>, schemas: SpecSchemas) {
  const forms = Object.entries(formulations).map(([formulation, { settings, ...record }], i) => {
    const literal = z.literal(formulation)
    const shape = typeof settings === 'function' ? settings(schemas) : settings
    const told = { formulation: i === 0 ? z.exactOptional(literal) : literal, ...shape }
    return oneSchema(name, { ...record, settings: told }, schemas)
  })
  const [first, ...rest] = forms
  if (first === undefined) throw new InputError('core', `registry: "${name}" has no formulation`)
  return z.discriminatedUnion('formulation', [first, ...rest])
}

function recordSchema(name: string, record: NamedRecord, schemas: SpecSchemas) {
  const { formulations } = record
  return formulations === undefined ? oneSchema(name, record, schemas) : formulationSchemas(name, formulations, schemas)
}

function oneSchema(name: string, record: NamedRecord, schemas: SpecSchemas) {
  const { settings = {} } = record
  const shape = typeof settings === 'function' ? settings(schemas) : settings
  const object = z.strictObject({ type: z.literal(name), ...shape })
  if (record.contradiction === undefined) return object
  const find = (input: unknown): string | undefined =>
    record.contradiction?.(input as Readonly<Record<string, unknown>>)
  return object.check(z.refine((input) => find(input) === undefined, { error: ({ input }) => find(input) }))
}

/** The schema of a record's settings alone, for a record whose settings hold no specs. */
export function settingsSchema({ settings = {} }: NamedRecord): z.ZodMiniObject<Shape, z.core.$strict> {
  if (typeof settings === 'function') throw new InputError('core', 'registry: expected plain settings')
  return z.strictObject(settings)
}

/** The table behind a schema. */
export interface TableMark {
  readonly table: Table<NamedRecord>
  /** Schema of its specs alone: objects with a `type`. */
  readonly specs: z.ZodMiniType<Spec>
  /** True where a bare name stands for a spec. */
  readonly takesNames: boolean
}

const marks = new WeakMap<object, TableMark>()

/** The table whose specs a schema is of; undefined for any other schema. */
export function tableBehind(schema: unknown): TableMark | undefined {
  return typeof schema === 'object' && schema !== null ? marks.get(schema) : undefined
}

/** The schema of a table's specs: objects with a `type`. */
export function tableSchema(table: Table<NamedRecord>, schemas: SpecSchemas): z.ZodMiniType<Spec> {
  const [first, ...rest] = Object.entries(table).map(([name, record]) => recordSchema(name, record, schemas))
  if (first === undefined) throw new InputError('core', 'registry: a table without records')
  const specs = z.discriminatedUnion('type', [first, ...rest])
  marks.set(specs, { table, specs, takesNames: false })
  return specs
}

/** As `tableSchema`, and a bare name stands for the spec with all its defaults. */
export function nameOrSpec(table: Table<NamedRecord>, schemas: SpecSchemas): z.ZodMiniType<Spec> {
  const withSettings = tableSchema(table, schemas)
  const names = Object.keys(table)
  const bare = z.pipe(
    z.pipe(
      z.enum(names as [string, ...string[]]),
      z.transform((type) => ({ type })),
    ),
    withSettings as unknown as z.ZodMiniType<Spec, { type: string }>,
  )
  const either = z.union([bare, withSettings])
  marks.set(either, { table, specs: withSettings, takesNames: true })
  return either
}

/** The record that a spec names. @throws InputError naming the nearest. */
export function recordOf<R>(table: Table<R>, { type }: Spec, what: string): R {
  const record = Object.hasOwn(table, type) ? table[type] : undefined
  if (record !== undefined) return record
  const names = Object.keys(table)
  throw new InputError('core', `unknown ${what} "${type}"${didYouMean(type, names)} There are: ${names.join(', ')}`)
}
