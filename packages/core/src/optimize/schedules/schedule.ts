/**
 * A schedule says the learning rate of every update, in float64 on the host: optimizers get it as their setting and know
 * nothing of it. It is a function of the position, which counts updates or epochs from 0; one that looks at results
 * instead keeps a few numbers, which checkpoints hold.
 */
import * as z from 'zod/mini'
import {
  type NamedRecord,
  recordOf,
  type SettingsOf,
  type Shape,
  type Spec,
  type SpecSchemas,
  type Table,
} from '../../registry/settings.js'
import { described } from '../../registry/described.js'

/** The unit of positions. */
export type ScheduleUnit = 'step' | 'epoch'

/** Numbers that a control rule has learned from results, by name. */
export type Memory = Readonly<Record<string, number>>

/** A position of a schedule. */
export interface SchedulePosition {
  /** The learning rate that the experiment gives. */
  readonly base: number
  /** From 0. */
  readonly at: number
  /** Positions of the whole training. */
  readonly length: number
  /** Of a schedule that learns from results; else empty. */
  readonly memory: Memory
}

/** A schedule that looks at the results of epochs. */
export interface ScheduleMemory<S extends Shape = Shape> {
  readonly initial: Memory
  /** The numbers after an epoch that was judged so. @param better which of two values is. */
  learn(settings: SettingsOf<S>, memory: Memory, value: number, better: 'larger' | 'smaller'): Memory
}

/** One schedule. */
export interface ScheduleRecord<S extends Shape = Shape> extends NamedRecord<S> {
  /** The unit that it goes by unless the experiment says otherwise. */
  readonly by: ScheduleUnit
  /** The learning rate at a position, in float64. */
  rate(settings: SettingsOf<S>, position: SchedulePosition): number
  /** Absent: results do not matter. */
  readonly memory?: ScheduleMemory<S>
}

/** Ties a schedule's functions to the type of its settings. */
export function schedule<S extends Shape>(record: ScheduleRecord<S>): ScheduleRecord<S> {
  return record
}

/** A count of positions: 1 or more. */
export const positions = z.int().check(z.gte(1), z.lte(1_000_000_000))

/** A factor on the learning rate: 0 or more. */
export const factor = z.number().check(z.nonnegative())

/** A factor by which the learning rate falls: above 0, at most 1. */
export const gamma = z.number().check(z.gt(0), z.lte(1))

/** Positions in ascending order, none twice. */
export const ascending = z.array(positions).check(
  z.minLength(1),
  z.refine((list) => list.every((at, i) => i === 0 || at > (list[i - 1] ?? at)), {
    error: 'positions in ascending order, none twice',
  }),
)

const warmup = z.union([
  z.strictObject({
    /** Steps that it takes. */
    steps: positions,
    /** Factor on the learning rate that it begins with. */
    from: z._default(factor, 0),
  }),
  z.strictObject({
    /** Epochs that it takes. */
    epochs: positions,
    /** Factor on the learning rate that it begins with. */
    from: z._default(factor, 0),
  }),
])

/** The rise before a schedule begins: from `from` times the learning rate, in a straight line. */
export type Warmup = z.output<typeof warmup>

/** Settings that every schedule has beside its own. */
const common = { warmup: z.exactOptional(warmup) }

/** The records with the settings that every schedule has. */
export function withCommonSettings(table: Table<ScheduleRecord>): Table<NamedRecord> {
  return Object.fromEntries(
    Object.entries(table).map(([name, record]) => {
      const { settings = {}, memory } = record
      // Results come by epochs alone.
      const more =
        memory === undefined
          ? {
              ...common,
              by: described(
                z.exactOptional(z.enum(['step', 'epoch'])),
                'Whether the schedule moves by step or by epoch.',
              ),
            }
          : { ...common, monitor: z.exactOptional(z.string()) }
      const own = (schemas: SpecSchemas): Shape => (typeof settings === 'function' ? settings(schemas) : settings)
      const whole: NamedRecord = { ...record, settings: (schemas) => ({ ...own(schemas), ...more }) }
      return [name, whole]
    }),
  )
}

/** The length of a training in updates. */
export interface TrainingLength {
  readonly updatesPerEpoch: number
  readonly epochs: number
}

/** A schedule as an experiment has it. */
export interface ScheduleSpec extends Spec {
  /** The unit that it goes by; its own unless given. */
  readonly by?: ScheduleUnit
  /** The rise before it begins. */
  readonly warmup?: Warmup
  /** The figure that it looks at, as `TABLE/KEY`. */
  readonly monitor?: string
}

/** Updates of a warm-up, and the factor that it begins with. */
function riseOf({ warmup: rise }: ScheduleSpec, { updatesPerEpoch }: TrainingLength) {
  if (rise === undefined) return { updates: 0, from: 1 }
  return { updates: 'steps' in rise ? rise.steps : rise.epochs * updatesPerEpoch, from: rise.from }
}

/** A schedule of an experiment on a training of some length. */
export class LearningRates {
  readonly #record: ScheduleRecord
  readonly #spec: ScheduleSpec
  readonly #length: TrainingLength
  readonly #rise: { readonly updates: number; readonly from: number }

  /** @throws InputError naming the nearest schedule. */
  constructor(table: Table<ScheduleRecord>, spec: ScheduleSpec, length: TrainingLength) {
    this.#record = recordOf(table, spec, 'schedule')
    this.#spec = spec
    this.#length = length
    this.#rise = riseOf(spec, length)
  }

  /** The memory before the first epoch; undefined where results do not matter. */
  get initialMemory(): Memory | undefined {
    return this.#record.memory?.initial
  }

  /** The memory after an epoch that was judged so. */
  learn(memory: Memory, value: number, better: 'larger' | 'smaller'): Memory {
    return this.#record.memory?.learn(this.#spec, memory, value, better) ?? memory
  }

  /** The rate of an update, counted from 0, from the rate that the experiment gives. */
  at(update: number, base: number, memory: Memory = this.initialMemory ?? {}): number {
    const { updates, from } = this.#rise
    if (update < updates) return base * (from + ((1 - from) * update) / updates)
    return this.#record.rate(this.#spec, { base, ...this.#position(update - updates), memory })
  }

  /** A position of the schedule itself, which begins when the warm-up ends. */
  #position(update: number): Pick<SchedulePosition, 'at' | 'length'> {
    const { updatesPerEpoch, epochs } = this.#length
    const updates = Math.max(1, updatesPerEpoch * epochs - this.#rise.updates)
    if ((this.#spec.by ?? this.#record.by) === 'step') return { at: update, length: updates }
    return { at: Math.floor(update / updatesPerEpoch), length: Math.ceil(updates / updatesPerEpoch) }
  }
}
