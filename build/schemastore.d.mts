/** The schema in draft 7. @param source that of core, in draft 2020-12. */
export declare function storedSchema(source: Readonly<Record<string, unknown>>): object

/** The entry of the catalog: files that editors take for experiments. */
export declare const catalogEntry: {
  readonly name: string
  readonly description: string
  readonly fileMatch: readonly string[]
  readonly url: string
}
