/** Laws of losses: the program is the formula, rows can have weights, its gradient is the formula's slope, it works in float32. */
import type { Builder, Value } from '../../ir/builder.js'
import { BATCH, type Shape } from '../../ir/program.js'
import { emitLoss, type LossRecord } from '../../task/losses/loss.js'
import type { TargetType } from '../../task/target.js'
import { emitRowWeights } from '../../task/weights.js'
import type { FloatDType } from '../../tensor.js'
import { firstBreach, isNear, type Law, type Subject } from './law.js'
import { normals, ROWS, targetGiven, targetValues, targetWidth, WIDTH, withExtremes } from './points.js'
import { evaluated, float32Breach, type Givens, gradientBreach, valueOf, type Values } from './program.js'

/** Roundings of a sum of rows in float64, and of logarithms and exponentials. */
const VALUE_TOLERANCE = 1e-9

const outputShape: Shape = [BATCH, WIDTH]

/** One loss with one type of target, at a few rows: the last is far out. */
class Tried {
  readonly #subject: Subject<LossRecord>
  readonly #type: TargetType
  readonly #target: Float64Array
  readonly #output = withExtremes(normals(ROWS * WIDTH, 0), WIDTH)

  constructor(subject: Subject<LossRecord>, type: TargetType) {
    this.#subject = subject
    this.#type = type
    this.#target = targetValues(type, ROWS)
  }

  get #givens(): Givens {
    const output = { shape: outputShape, data: this.#output, isVariable: true }
    return this.#type === 'none' ? { output } : { output, target: targetGiven(this.#type, this.#target) }
  }

  readonly #emit = (b: Builder, values: Values, precision: FloatDType): Value => {
    const { record, spec: settings } = this.#subject
    const given = { b, output: valueOf(values, 'output'), target: values['target'], settings, precision }
    return emitLoss(
      record,
      given,
      emitRowWeights(b, given.target, { samples: values['weights'], categories: undefined }),
    )
  }

  /** The loss of a row by the record's own formula. */
  #rowValue(output: Float64Array, row: number): number {
    const { record, spec } = this.#subject
    const width = targetWidth(this.#type)
    const ofRow = output.subarray(row * WIDTH, (row + 1) * WIDTH)
    return record.value(ofRow, this.#target.subarray(row * width, (row + 1) * width), spec)
  }

  /** The sum over the rows. @param from outputs whose losses are taken off: rows that are the same add nothing, infinite or not. */
  #sum(output: Float64Array, from?: Float64Array): number {
    const values = Array.from({ length: ROWS }, (_, row) => {
      const isSame = (_z: number, i: number): boolean => output[row * WIDTH + i] === from?.[row * WIDTH + i]
      if (from?.subarray(0, WIDTH).every(isSame) === true) return 0
      const value = this.#rowValue(output, row)
      return from === undefined ? value : value - this.#rowValue(from, row)
    })
    return values.reduce((sum, value) => sum + value, 0)
  }

  async value(): Promise<string | undefined> {
    for (let row = 0; row < ROWS; row++) {
      // Each row in turn takes the place of all, so that the sum is as many times its loss.
      const same = new Float64Array(ROWS * WIDTH)
      for (let i = 0; i < same.length; i++) same[i] = Number(this.#output[row * WIDTH + (i % WIDTH)])
      // oxlint-disable-next-line no-await-in-loop -- the first that is wrong is the one to tell
      const breach = await this.#sumBreach(same)
      if (breach !== undefined) return breach
    }
    return this.#sumBreach(this.#output)
  }

  async #sumBreach(output: Float64Array): Promise<string | undefined> {
    const givens = { ...this.#givens, output: { shape: outputShape, data: output } }
    const { loss } = await evaluated(givens, 'float64', (b, values) => ({ loss: this.#emit(b, values, 'float64') }))
    const [expected, got] = [this.#sum(output), Number(loss?.data[0])]
    if (isNear(got, expected, VALUE_TOLERANCE)) return undefined
    const first = Array.from(output.subarray(0, WIDTH), (value) => value.toPrecision(4)).join(', ')
    return `"output" of ${ROWS} rows, the first [${first}]: expected the sum ${expected} by value(), the program gives ${got}`
  }

  gradient(): Promise<string | undefined> {
    return gradientBreach(
      this.#givens,
      (b, values) => this.#emit(b, values, 'float64'),
      (points) => points.map((point) => this.#sum(point, this.#output)),
    )
  }

  /** Rows that weigh 1, 2, ... */
  async weights(): Promise<string | undefined> {
    const weights = new Float64Array(ROWS).map((_, row) => row + 1)
    const givens: Givens = { ...this.#givens, weights: { shape: [BATCH], data: weights } }
    const { loss } = await evaluated(givens, 'float64', (b, values) => ({ loss: this.#emit(b, values, 'float64') }))
    const terms = Array.from(weights, (weight, row) => weight * this.#rowValue(this.#output, row))
    const [expected, got] = [terms.reduce((sum, term) => sum + term, 0), Number(loss?.data[0])]
    if (isNear(got, expected, VALUE_TOLERANCE)) return undefined
    return `rows that weigh 1 to ${ROWS}: expected the sum ${expected} by value(), the program gives ${got}`
  }

  float32(): string | undefined {
    return float32Breach(this.#givens, [], (b, values) => this.#emit(b, values, 'float32'))
  }
}

/** The laws of a loss; each is tried with every type of target that it suits. */
export function lossLaws(subject: Subject<LossRecord>): Law[] {
  const tried = subject.record.suits.map((type) => new Tried(subject, type))
  const all = async (check: (one: Tried) => Promise<string | undefined>) =>
    firstBreach(await Promise.all(tried.map(check)))
  return [
    { law: 'value', check: () => all((one) => one.value()) },
    { law: 'weights', check: () => all((one) => one.weights()) },
    { law: 'gradient', check: () => all((one) => one.gradient()) },
    { law: 'float32', check: () => firstBreach(tried.map((one) => one.float32())) },
  ]
}
