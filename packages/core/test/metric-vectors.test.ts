/** Metrics against scikit-learn on the same outputs, and their errors against the jackknife; see metric-vectors.py. */
import { expect, it } from 'vitest'
import { metrics } from '../src/task/metrics/index.js'
import type { MetricRecord, RowMetric } from '../src/task/metrics/metric.js'
import type { TargetType } from '../src/task/target.js'
import vectors from './metric-vectors.json' with { type: 'json' }
import { metricsHeldElsewhere } from './held-elsewhere.js'

interface Group {
  readonly type: string
  readonly width: number
  readonly output: readonly number[]
  readonly target: readonly number[]
  readonly names?: readonly string[]
  readonly metrics: readonly Case[]
}

interface Case {
  readonly name: string
  readonly spec: { readonly type: string }
  /** null: NaN. */
  readonly value: number | null
  readonly error?: number | null
}

const cases = (vectors as readonly Group[]).flatMap((group) =>
  group.metrics.map((one) => [one.name, group, one] as const),
)
const table: Readonly<Record<string, MetricRecord>> = metrics

function recordOf({ spec }: Case): RowMetric {
  const record = table[spec.type]
  if (record?.reads !== 'rows') throw new Error(`${spec.type}: no metric of rows`)
  return record
}

/** All rows in three batches. */
function measured({ output, target, width, type, names }: Group, one: Case) {
  const facts = { type: type as TargetType, ...(names && { names }) }
  const accumulator = recordOf(one).accumulator(one.spec, width, facts)
  const rows = output.length / width
  const each = target.length / rows
  const bounds = [0, 1, Math.floor(rows / 2), rows]
  for (const [i, end] of bounds.slice(1).entries()) {
    const start = Number(bounds[i])
    const part = (values: readonly number[], size: number) => values.slice(start * size, end * size)
    accumulator.add(part(output, width), part(target, each), end - start)
  }
  return accumulator.result()
}

/** The difference, relative where numbers are above 1; none of two NaN. */
function distance(got: number, expected: number | null): number {
  if (expected === null) return Number.isNaN(got) ? 0 : Number.NaN
  return Math.abs(got - expected) / Math.max(1, Math.abs(expected))
}

it.each(cases)('%s', (_, group, one) => {
  const { value, error } = measured(group, one)
  expect(distance(value, one.value)).toBeLessThanOrEqual(1e-12)
  // Derivatives are central differences of third order.
  expect(one.error === undefined ? 0 : distance(error, one.error)).toBeLessThanOrEqual(1e-6)
})

it('holds every metric that reads rows but those of held-elsewhere.ts', () => {
  const held = new Set([...cases.map(([, , { spec }]) => spec.type), ...Object.keys(metricsHeldElsewhere)])
  const rows = Object.keys(table).filter((name) => table[name]?.reads === 'rows')
  expect([...held].toSorted()).toEqual(rows.toSorted())
})
