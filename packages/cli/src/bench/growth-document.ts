/** The document of `isograd bench --growth --json`, made from timings. All times are in seconds, all sizes in bytes. */
import type { BenchHead } from './document.js'
import { fitLine, fitPower, type Point, type Summary } from './statistics.js'

/** Version of its form. */
export const GROWTH_SCHEMA = 'isograd.bench-growth/2'

/** The growth of a step with one dimension, n in the words of the network; a fit of the upper half sees constants less. */
export function growthOf(
  { name, network }: { readonly name: string; readonly network: string },
  backend: string,
  points: readonly {
    /** n. */
    readonly size: number
    /** Seconds of a step. */
    readonly stepSeconds: Summary
  }[],
) {
  const pairs = points.map(({ size, stepSeconds }): Point => [size, stepSeconds.median])
  const upper = pairs.slice(Math.floor((pairs.length - 1) / 2))
  return {
    backend,
    /** The size that grows. */
    dimension: name,
    /** The network, in words. */
    network,
    /** The measured points. */
    points,
    /** The growth of all points. */
    fit: fitPower(pairs),
    /** The growth of the upper half. */
    upperFit: fitPower(upper),
  }
}

/** The growth of memory with the rows of the data set, which is in memory `copies` times. */
export function memoryOf(
  backend: string,
  points: readonly {
    /** Rows of the data set. */
    readonly rows: number
    /** The most memory of the process. */
    readonly peakBytes: number
  }[],
  rowBytes: number,
) {
  const fit = fitLine(points.map(({ rows, peakBytes }) => [rows, peakBytes]))
  return {
    backend,
    /** The measured points. */
    points,
    /** Bytes by rows. */
    fit,
    /** Size of a row. */
    rowBytes,
    /** Copies of the data set that this comes to. */
    copies: fit.slope / rowBytes,
  }
}

/** Seconds by size in the document. */
export type GrowthBench = ReturnType<typeof growthOf>
/** Bytes by steps in the document. */
export type MemoryBench = ReturnType<typeof memoryOf>

/** The document that `isograd bench --growth --json` prints. */
export interface GrowthDocument extends BenchHead {
  readonly schema: typeof GROWTH_SCHEMA
  /** The growth of a step. */
  readonly growth: readonly GrowthBench[]
  /** The growth of memory. */
  readonly memory: readonly MemoryBench[]
}
