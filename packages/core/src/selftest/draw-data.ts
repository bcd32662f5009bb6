/** Data of generated experiments: a set of the registry, or numbers that stand in the experiment itself, raw or scaled. */
import type { Dataset } from '../data/dataset.js'
import type { GeneratedData } from '../data/record.js'
import type { Registry } from '../registry/registry.js'
import { settingsSchema } from '../registry/settings.js'
import type { TargetType } from '../task/target.js'
import type { Draw } from './draw.js'
import { drawValue, type SettingsContext } from './draw-settings.js'

/** The data of an experiment. */
export interface DrawnData {
  /** The experiment's `data`. */
  readonly spec: Readonly<Record<string, unknown>>
  readonly dataset: Dataset
  /** The only type of target that the data were made for; absent: whatever suits the field. */
  readonly targetType?: TargetType
  /** The field of weights of samples; absent: there is none. */
  readonly weights?: string
  /** A field of tokens; absent: there is none. */
  readonly tokens?: DrawnTokens
}

/** A field of tokens: so many whole numbers for each sample, from 0 to below `count`. */
export interface DrawnTokens {
  readonly field: string
  readonly steps: number
  readonly count: number
}

/** Samples to draw. */
export interface DrawnSize {
  readonly train: number
  readonly test: number
}

type Cell = number | number[]

/** Most numbers that stand in an experiment. */
const MOST_NUMBERS = 30_000

/** One number of a column, as real columns have them. */
const columnKinds: Readonly<Record<string, (draw: Draw, size: number) => number>> = {
  unit: (draw) => draw.normal(),
  bytes: (draw) => draw.below(256),
  scaled: (draw, size) => size * draw.normal(),
  offset: (draw, size) => size + draw.normal(),
  sparse: (draw, size) => (draw.chance(0.9) ? 0 : size * draw.normal()),
  constant: (_, size) => size,
  flags: (draw) => Number(draw.chance(0.5)),
  positive: (draw) => draw.logBetween(1e-3, 1e3),
}

/** The size of a column's numbers: about 1, or anything that float32 holds with room. */
function drawSize({ draw, wildness }: SettingsContext): number {
  const reach = draw.chance(0.3 * wildness) ? 25 : draw.chance(wildness) ? 5 : 1
  return 10 ** draw.between(-reach, reach)
}

function drawColumns(context: SettingsContext, count: number): (() => number)[] {
  const { draw } = context
  const kinds = Object.keys(columnKinds)
  const common = draw.chance(0.6) ? draw.pick(kinds) : undefined
  return draw.list(count, () => {
    const kind = columnKinds[common ?? draw.pick(kinds)]
    const size = drawSize(context)
    return () => kind?.(draw, size) ?? size
  })
}

function shares(draw: Draw, width: number): number[] {
  const parts = draw.list(width, () => draw.logBetween(1e-3, 1))
  const sum = parts.reduce((total, part) => total + part, 0)
  return parts.map((part) => part / sum)
}

/** Targets by type, for numbers that stand in the experiment. */
const targets: Readonly<Partial<Record<TargetType, (context: SettingsContext) => () => Cell>>> = {
  flags: ({ draw }) => {
    const width = draw.below(4)
    const flag = () => Number(draw.chance(0.4))
    return width === 0 ? flag : () => draw.list(width, flag)
  },
  distribution: ({ draw }) => {
    const width = draw.count(2, 12)
    return () => shares(draw, width)
  },
  numbers: (context) => {
    const columns = drawColumns(context, context.draw.count(1, 6))
    const [only] = columns
    return columns.length === 1 && only !== undefined ? only : () => columns.map((column) => column())
  },
}

/** Numbers that stand in the experiment, under the record of that name. */
function drawGiven(name: string, record: GeneratedData, context: SettingsContext, { train }: DrawnSize): DrawnData {
  const { draw } = context
  const features = drawColumns(context, draw.count(1, draw.chance(context.wildness) ? 300 : 30))
  const count = Math.max(1, Math.min(train, Math.floor(MOST_NUMBERS / features.length)))
  const [targetType, target] = draw.pick(Object.entries(targets)) as [TargetType, (typeof targets)['numbers']]
  const one = target?.(context)
  const x = draw.list(count, () => features.map((column) => column()))
  const w = draw.chance(0.12) ? draw.list(count, () => draw.pick([0, 0.5, 1, 1, 3])) : undefined
  const tokens = draw.chance(0.25) ? { field: 't', steps: draw.count(1, 6), count: draw.count(1, 6) } : undefined
  const fields = {
    x,
    ...(one && { y: draw.list(count, one) }),
    ...(w && { w }),
    ...(tokens && { t: draw.list(count, () => draw.list(tokens.steps, () => draw.below(tokens.count))) }),
  }
  const options = { fields, ...(one && { target: 'y' }) }
  const dataset = record.make(options, {}) as Dataset
  return {
    spec: { dataset: name, options },
    dataset,
    targetType,
    ...(w && { weights: 'w' }),
    ...(tokens && { tokens }),
  }
}

/** Sets of the registry that can be drawn; those that need no settings, or the others. */
function generators({ data }: Registry, areFree: boolean): [string, GeneratedData][] {
  return Object.entries(data).flatMap(([name, record]): [string, GeneratedData][] => {
    if (record.from !== 'generator') return []
    return settingsSchema(record).safeParse({}).success === areFree ? [[name, record]] : []
  })
}

/** Data of a size at most; `given` numbers may be fewer samples. */
export async function drawData(registry: Registry, context: SettingsContext, size: DrawnSize): Promise<DrawnData> {
  const { draw } = context
  const [given] = generators(registry, false)
  if (given !== undefined && draw.chance(0.5)) return drawGiven(...given, context, size)
  const [name, record] = draw.pick(generators(registry, true))
  const schema = settingsSchema(record)
  const options = drawValue(schema, context) as Record<string, unknown>
  const dataset = await record.make(schema.parse(options), size)
  return { spec: { dataset: name, options, limit: size.train, testLimit: size.test }, dataset }
}
