/** The document of `isograd list --json`. */

/** An entry of a list. */
export interface Listed {
  readonly name: string
  readonly description: string
}

/** All that can be named on the command line. */
export interface ListDocument {
  readonly schema: 'isograd.list/1'
  readonly presets: readonly (Listed & { readonly arms: readonly string[]; readonly dataset: string | null })[]
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
  readonly backends: readonly (Listed & { readonly package: string; readonly default: boolean })[]
}
