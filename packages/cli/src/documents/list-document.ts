/** The document of `isograd list --json`. */

/** An entry of a list. */
export interface Listed {
  readonly name: string
  /** Its description, in a line. */
  readonly description: string
}

/** A preset. */
export interface ListedPreset extends Listed {
  /** Names of its arms. */
  readonly arms: readonly string[]
  /** Name of its data set; null where it has none. */
  readonly dataset: string | null
}

/** A backend. */
export interface ListedBackend extends Listed {
  readonly package: string
  /** True where it is one of those that train unless others are asked for. */
  readonly default: boolean
}

/** The document that `isograd list --json` prints: all that can be named on the command line. */
export interface ListDocument {
  readonly schema: 'isograd.list/1'
  /** The presets. */
  readonly presets: readonly ListedPreset[]
  readonly tasks: readonly Listed[]
  readonly losses: readonly Listed[]
  readonly metrics: readonly Listed[]
  readonly layers: readonly Listed[]
  readonly activations: readonly Listed[]
  readonly initializers: readonly Listed[]
  readonly regularizers: readonly Listed[]
  readonly constraints: readonly Listed[]
  readonly optimizers: readonly Listed[]
  readonly schedules: readonly Listed[]
  readonly datasets: readonly Listed[]
  /** Formats of files of data. */
  readonly formats: readonly Listed[]
  /** The backends. */
  readonly backends: readonly ListedBackend[]
}
