/** The figure by which an evaluation is judged: the metric that a task, a run or a record names, or else the loss. */
import type { Measured } from '../task/metrics/metric.js'
import type { Evaluation } from './events.js'

/** Says what judges. */
interface Judging {
  /** Key of the metric; absent: the loss does. */
  readonly judgedBy?: string | undefined
}

/** The number by which an evaluation is judged. */
export function judgedValueOf({ judgedBy }: Judging, { loss, metrics }: Evaluation): number {
  return judgedBy === undefined ? loss : Number(metrics[judgedBy]?.value)
}

/** The same with its standard error; that of a loss is not known. */
export function judgedFigureOf({ judgedBy }: Judging, { loss, metrics }: Evaluation): Measured {
  const measured = judgedBy === undefined ? undefined : metrics[judgedBy]
  return measured ?? { value: loss, error: Number.NaN }
}
