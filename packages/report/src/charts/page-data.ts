/**
 * The numbers of the page's charts as plain data, which it carries beside its drawings. The same data make the drawing
 * when the page is made and everything that happens in it afterwards, so both always say the same.
 */
import type { NumberStyle, Reading } from '../documents/readings.js'
import type { Bins } from '../documents/run-view/layers.js'
import type { Geometry } from './geometry.js'

/** One axis of a chart: numbers, and the range of user units in the drawing that they are laid out on. */
export interface Axis {
  readonly label: string
  readonly scale: 'linear' | 'log'
  /** Ends of the axis, in powers of ten where the scale is `log`. */
  readonly domain: readonly [number, number]
  readonly range: readonly [number, number]
  readonly style: NumberStyle
}

/** A series of a section: one arm on one backend. */
export interface Series {
  readonly arm: number
  readonly backend: number
}

/** One line of a chart. */
export interface Line {
  /** Index in the section's series. */
  readonly series: number
  /** Index in the section's seeds; absent for a line over all of them. */
  readonly seed?: number
  /** Positions on the x axis, shared by all frames: an index in the chart's `xs`. */
  readonly x: number
  /** Readings at these positions, for each frame. */
  readonly frames: readonly (readonly Reading[])[]
  readonly spread?: Spread
}

/** A band: least and greatest over several seeds, or all that is below `high`, as below a noise floor. */
export interface Spread {
  readonly low?: readonly Reading[]
  readonly high: readonly Reading[]
}

/** The words for a reading and the ends of its band. */
export interface SpreadNames {
  readonly reading: string
  readonly low: string
  readonly high: string
}

/** Points on both axes. */
export type Reference = readonly (readonly [x: number, y: number])[]

/** Lines over steps, epochs or layers; a chart with several frames has a slider over them. */
export interface LineChart {
  readonly kind: 'lines'
  readonly id: string
  readonly title: string
  readonly geometry: Geometry
  readonly x: Axis
  readonly y: Axis
  readonly xs: readonly (readonly number[])[]
  /** Names of the positions on x, for each of `xs`, where they have names. */
  readonly names?: readonly (readonly string[])[]
  /** Steps, counted from 0, that the frames are of; empty for a chart with a single frame. */
  readonly steps: readonly number[]
  /** A frame is of a step that was probed, or of so many steps having been trained; absent without frames. */
  readonly framed?: 'step' | 'trained'
  /** The number of probed steps in the records; more than `steps` when a page has no room for all. */
  readonly probes?: number
  /** Steps that each position stands for, where numbers are means over more than one. */
  readonly stretch?: number
  /** Absent where they are mean, least and greatest. */
  readonly spreadNames?: SpreadNames
  readonly lines: readonly Line[]
  /** A line to hold the others against, by its points. */
  readonly reference?: Reference
  /** True where the page says in words what depth does to these numbers. */
  readonly judged?: boolean
}

/** Rows by steps in colour, for one line of a chart with frames. */
export interface HeatMap {
  readonly kind: 'heat'
  readonly id: string
  readonly title: string
  /** The chart whose frames are the columns. */
  readonly source: string
  /** The line that each panel shows at first. */
  readonly panels: readonly number[]
}

/** The probed quantities of a run's layers, for each frame. */
export interface ProbedLine<T> {
  readonly series: number
  readonly seed: number
  /** Index in the chart's `names`. */
  readonly x: number
  readonly frames: readonly (readonly (T | null)[])[]
}

/** Histograms by layer, one above the other, with a slider over steps. */
export interface RidgeChart {
  readonly kind: 'ridges'
  readonly id: string
  readonly title: string
  readonly label: string
  readonly names: readonly (readonly string[])[]
  readonly steps: readonly number[]
  readonly framed: 'step'
  readonly probes: number
  readonly lines: readonly ProbedLine<Bins>[]
  readonly panels: readonly number[]
}

/** One bar. */
export interface Bar {
  readonly series: number
  readonly value: number
}

/** Horizontal bars, one a series. */
export interface BarChart {
  readonly kind: 'bars'
  readonly id: string
  readonly title: string
  readonly label: string
  readonly style: NumberStyle
  readonly bars: readonly Bar[]
}

/** The counts of one run: a row for what samples are, a column for what they are told to be. */
export interface RunCounts {
  readonly series: number
  readonly seed: number
  readonly counts: readonly (readonly number[])[]
}

/** Counts of categories by what they are told to be, for one run a panel. */
export interface MatrixChart {
  readonly kind: 'matrix'
  readonly id: string
  readonly title: string
  /** Of the categories. */
  readonly names: readonly string[]
  readonly lines: readonly RunCounts[]
  readonly panels: readonly number[]
}

/** The points of one run. */
export interface RunPoints {
  readonly series: number
  readonly seed: number
  readonly xs: readonly number[]
  readonly ys: readonly number[]
}

/** Points, for one run a panel. */
export interface ScatterChart {
  readonly kind: 'scatter'
  readonly id: string
  readonly title: string
  readonly geometry: Geometry
  readonly x: Axis
  readonly y: Axis
  readonly reference: Reference
  readonly lines: readonly RunPoints[]
  readonly panels: readonly number[]
}

/** A cell of a map: its column and row, mean and best of the figures in it, combinations, and those that diverged. */
export type PairCell = readonly [x: number, y: number, mean: number, best: number, count: number, diverged: number]

/** A side of a map. */
export interface PairSide {
  readonly name: string
  readonly labels: readonly string[]
}

/** A figure over two settings in colour, for one series a panel. */
export interface PairMap {
  readonly kind: 'pairs'
  readonly id: string
  readonly title: string
  /** The figure in words. */
  readonly label: string
  readonly scale: Axis['scale']
  readonly x: PairSide
  readonly y: PairSide
  /** Ends of the colours, in powers of ten where the scale is `log`. */
  readonly domain: readonly [number, number]
  readonly lines: readonly { readonly series: number; readonly cells: readonly PairCell[] }[]
  readonly panels: readonly number[]
}

/** An axis of parallel coordinates: numbers, or names by their place. */
export interface ParallelAxis {
  readonly label: string
  readonly scale: 'linear' | 'log' | 'names'
  /** In powers of ten where the scale is `log`. */
  readonly domain: readonly [number, number]
  readonly names?: readonly string[]
  /** True where some lines have no value. */
  readonly isPartial: boolean
}

/** A line over all axes. */
export interface ParallelLine {
  readonly series: number
  /** From 0, the best. */
  readonly rank: number
  /** By axis; null where there is none. */
  readonly values: readonly Reading[]
}

/** Settings and a figure, an axis each. */
export interface ParallelChart {
  readonly kind: 'parallel'
  readonly id: string
  readonly title: string
  readonly axes: readonly ParallelAxis[]
  /** The best first. */
  readonly lines: readonly ParallelLine[]
  /** Lines that stand out. */
  readonly best: number
  /** Combinations that there are. */
  readonly all: number
}

/** A chart with a drawing for each of a few runs. */
export type PanelChart = HeatMap | RidgeChart | MatrixChart | ScatterChart | PairMap

/** Any chart. */
export type Chart = LineChart | BarChart | PanelChart | ParallelChart

/** The charts of a kind. */
export type ChartOf<K extends Chart['kind']> = Extract<Chart, { readonly kind: K }>

/** True of charts whose runs are chosen panel by panel. */
export function hasPanels(chart: Chart): chart is PanelChart {
  return 'panels' in chart
}

/** A number that two backends were compared by: its relative difference for each seed, and what is allowed. */
export interface ComparedRow {
  readonly name: string
  readonly tolerance: number
  readonly relative: readonly number[]
  readonly ok: boolean
}

/** All numbers that two backends were compared by in training an arm. */
export interface Compared {
  readonly id: string
  readonly title: string
  readonly seeds: readonly number[]
  readonly rows: readonly ComparedRow[]
}

/** The names of an experiment's series. */
export interface SeriesNames {
  /** Number of the colour of each arm: a name in several experiments has one colour, as far as there are enough. */
  readonly colours: readonly number[]
  readonly arms: readonly string[]
  readonly backends: readonly string[]
  readonly seeds: readonly number[]
  readonly series: readonly Series[]
}

/** All charts of one experiment. */
export interface SectionData extends SeriesNames {
  readonly id: string
  readonly preset: string
  readonly charts: readonly Chart[]
  readonly compared: readonly Compared[]
}

/** Everything. */
export interface PageData {
  readonly sections: readonly SectionData[]
}
