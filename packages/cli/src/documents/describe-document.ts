/** The document of `isograd describe --json`. */

/** Version of the document's form. */
export const DESCRIBE_SCHEMA = 'isograd.describe/1'

/** The time of a training as a short stretch of it promises; evaluations and probes come on top. */
export interface TimeEstimate {
  readonly backend: string
  readonly stepsPerSecond: number
  readonly seconds: number
}

/** An arm as it will be trained. */
export interface ArmDescription {
  readonly arm: string
  readonly data: {
    readonly name: string
    readonly origin: string
    /** Rows by table. */
    readonly rows: Readonly<Record<string, number>>
  }
  readonly layers: readonly {
    readonly name: string
    readonly kind: string
    /** Names of what feeds it; only where the model is no plain list. */
    readonly inputs?: readonly string[]
    readonly outputShape: readonly number[]
    readonly parameters: number
  }[]
  readonly parameters: number
  /** Memory of parameters, of what optimizer and layers keep beside them, and of the data as they are stored. */
  readonly bytes: { readonly parameters: number; readonly state: number; readonly data: number }
  readonly precision: string
  readonly batchSize: number
  readonly epochs: number
  readonly steps: number
  /** Empty where nothing is trained. */
  readonly times: readonly TimeEstimate[]
}

/** The whole document. */
export interface DescribeDocument {
  readonly schema: typeof DESCRIBE_SCHEMA
  readonly experiment: string
  readonly description: string
  readonly arms: readonly ArmDescription[]
}
