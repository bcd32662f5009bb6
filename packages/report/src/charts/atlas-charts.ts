/**
 * Errors of operations by exponent, a chart an operation: backends have the colours of arms, and the signs of operands stand in
 * the place of backends. What gives the nearest number everywhere has no line.
 */
import type { AtlasSource, AtlasSourceRow } from '../documents/atlas-source.js'
import { unique } from '../documents/fields.js'
import { regular } from './geometry.js'
import { lineChart, Lists, logarithmic } from './line-chart.js'
import type { Line, LineChart, SectionData } from './page-data.js'

const SIGNS = ['positive numbers', 'negative numbers']
const [EXPONENTS, BIAS] = [256, 127]

/** Smaller errors are at the foot of a chart: a result that is all but exact tells no more than one that is. */
const LEAST_POWER = -2

/** The line of a sign: the exponents that have errors, and those. */
function signed({ exponents, units }: AtlasSourceRow, sign: number) {
  const own = [...exponents.entries()].filter(([, high]) => Math.floor(high / EXPONENTS) === sign)
  return { at: own.map(([, high]) => (high % EXPONENTS) - BIAS), units: own.map(([i]) => units[i] ?? null) }
}

function chartOf(
  operation: string,
  rows: readonly AtlasSourceRow[],
  backends: readonly string[],
  id: string,
): LineChart {
  const lists = new Lists<number>()
  const lines = rows.flatMap((row) =>
    SIGNS.map((_, sign): Line => {
      const { at, units } = signed(row, sign)
      const series = backends.indexOf(row.backend) * SIGNS.length + sign
      return { series, x: lists.indexOf(at), frames: [units] }
    }),
  )
  const largest = Math.max(1, ...rows.flatMap(({ units }) => units).filter(Number.isFinite))
  return lineChart({
    id: `${id}-${operation}`,
    title: `Errors of ${operation}`,
    geometry: regular,
    xLabel: 'exponent of x, -127: subnormal',
    y: { label: 'largest error, ulp', ...logarithmic, domain: [LEAST_POWER, Math.ceil(Math.log10(largest) + 0.02)] },
    xs: lists.all,
    lines,
  })
}

function isExact({ inexact }: AtlasSourceRow): boolean {
  return inexact === 0
}

/** Operations that are not exact everywhere, in their order. */
export function inexactOperations({ rows }: AtlasSource): string[] {
  return unique(rows.filter((row) => !isExact(row)).map(({ operation }) => operation))
}

/** All charts. */
export function atlasData(atlas: AtlasSource, id: string): SectionData {
  const backends = unique(atlas.rows.map(({ backend }) => backend))
  const charts = inexactOperations(atlas).map((name) => {
    const own = atlas.rows.filter((row) => row.operation === name && !isExact(row))
    return chartOf(name, own, backends, id)
  })
  return {
    id,
    preset: 'atlas',
    colours: backends.map((_, i) => i),
    arms: backends,
    backends: SIGNS,
    seeds: [0],
    series: backends.flatMap((_, arm) => SIGNS.map((__, backend) => ({ arm, backend }))),
    charts,
    compared: [],
  }
}
