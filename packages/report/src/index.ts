/**
 * `@isograd/report`: documents of runs, checks and sweeps in, the page of charts out. What draws it is loaded when it is asked for.
 * @packageDocumentation
 * @experimental
 */
import type { Source } from './documents/source.js'

export { checkCommand, stepsOption } from './documents/check-command.js'
export type { CheckSource } from './documents/check-document.js'
export { type Environment, sharedMachine } from './documents/environment.js'
export { RUNS_SCHEMA, type RunFailure, type RunsDocument } from './documents/runs-document.js'
export { type LocalDerivative, localDerivatives } from './documents/run-view/layers.js'
export { readSource, type Source } from './documents/source.js'

/** The charts of an atlas as SVG files, by operation; none of a source without one. */
export async function atlasPictures(source: Source): Promise<Readonly<Record<string, string>>> {
  const { picturesOf } = await import('./atlas-pictures.js')
  return picturesOf(source)
}

/** The page of some documents: one HTML file that needs nothing but itself. */
export async function renderReport(sources: readonly Source[]): Promise<string> {
  const [{ renderPage }, { assets }] = await Promise.all([import('./page.js'), import('./assets.js')])
  return renderPage(sources, assets)
}
