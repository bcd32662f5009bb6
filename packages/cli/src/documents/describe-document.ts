/** The document of `isograd describe --json`. */

/** Version of the document's form. */
export const DESCRIBE_SCHEMA = 'isograd.describe/1'

/** The time of a training as a short stretch of it promises; evaluations and probes come on top. */
export interface TimeEstimate {
  readonly backend: string
  /** Steps a second. */
  readonly stepsPerSecond: number
  /** Seconds that all steps take. */
  readonly seconds: number
}

/** An arm as it will be trained. */
export interface ArmDescription {
  readonly arm: string
  /** The data that it is trained on. */
  readonly data: {
    readonly name: string
    readonly origin: string
    /** Rows by table. */
    readonly rows: Readonly<Record<string, number>>
  }
  /** The layers, first to last. */
  readonly layers: readonly {
    readonly name: string
    /** Kind of the layer. */
    readonly kind: string
    /** Names of what feeds it; only where the model is no plain list. */
    readonly inputs?: readonly string[]
    /** Shape of its output for one sample. */
    readonly outputShape: readonly number[]
    /** Numbers of it that are trained. */
    readonly parameters: number
  }[]
  /** Numbers that are trained. */
  readonly parameters: number
  /** Memory in bytes. */
  readonly bytes: {
    /** Of the parameters. */
    readonly parameters: number
    /** Of what optimizer and layers keep beside them. */
    readonly state: number
    /** Of the data as they are stored. */
    readonly data: number
  }
  readonly precision: string
  /** Rows of a batch. */
  readonly batchSize: number
  /** Epochs that are trained. */
  readonly epochs: number
  /** Steps of all epochs. */
  readonly steps: number
  /** Empty where nothing is trained. */
  readonly times: readonly TimeEstimate[]
}

/** The document that `isograd describe --json` prints. */
export interface DescribeDocument {
  readonly schema: typeof DESCRIBE_SCHEMA
  readonly experiment: string
  /** The description that the experiment gives of itself. */
  readonly description: string
  /** The arms that were chosen. */
  readonly arms: readonly ArmDescription[]
}
