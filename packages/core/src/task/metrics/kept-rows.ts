/** Outputs and targets that are kept, for metrics which need all of them at once, such as medians and ranks. */
import type { OutputMeasure } from './metric.js'

/** Outputs and targets of the samples so far, row after row. */
export class KeptRows {
  readonly output: number[] = []
  readonly target: number[] = []
  readonly #width: number

  /** @param width numbers in a row of outputs. */
  constructor(width: number) {
    this.#width = width
  }

  /** Adds the rows of a batch, as an accumulator does. */
  add(output: ArrayLike<number>, target: ArrayLike<number>): void {
    for (let i = 0; i < output.length; i++) this.output.push(Number(output[i]))
    for (let i = 0; i < target.length; i++) this.target.push(Number(target[i]))
  }

  get rows(): number {
    return this.output.length / this.#width
  }

  /** Outputs and targets of one of the numbers that are predicted, where targets have as many. */
  column(number: number): { readonly output: number[]; readonly target: number[] } {
    const of = (values: readonly number[]): number[] =>
      Array.from({ length: this.rows }, (_, row) => Number(values[row * this.#width + number]))
    return { output: of(this.output), target: of(this.target) }
  }
}

/** A measure of one output that needs all of its samples. */
export function keptMeasure(
  measure: (output: readonly number[], target: readonly number[]) => OutputMeasure['result'],
): () => OutputMeasure {
  return () => {
    const [outputs, targets]: [number[], number[]] = [[], []]
    return {
      add: (output, target) => {
        outputs.push(output)
        targets.push(target)
      },
      get result() {
        return measure(outputs, targets)
      },
    }
  }
}
