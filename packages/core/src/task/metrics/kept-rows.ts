/** Outputs and targets that are kept, for metrics which need all of them at once, such as medians and ranks. */

/** Outputs and targets of the samples so far, row after row. */
export class KeptRows {
  readonly output: number[] = []
  readonly target: number[] = []
  readonly #width: number

  /** @param width numbers in a row of outputs. */
  constructor(width: number) {
    this.#width = width
  }

  /** Takes in the rows of a batch, as an accumulator does. */
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

  /** A value and an error by number, from its outputs and targets; means over all of them. */
  meanOf(measure: (output: readonly number[], target: readonly number[]) => { value: number; error: number }) {
    const each = Array.from({ length: this.#width }, (_, number) => {
      const { output, target } = this.column(number)
      return measure(output, target)
    })
    const mean = (of: (one: { value: number; error: number }) => number): number =>
      each.reduce((sum, one) => sum + of(one), 0) / each.length
    return { value: mean(({ value }) => value), error: mean(({ error }) => error) }
  }
}
