/**
 * The exports of the package: `isogradAdapter`, by which the `isograd` command finds the backend.
 *
 * @import { Adapter } from '@isograd/core/backend'
 */

/** @type {Adapter} */
export const isogradAdapter = {
  name: 'isograd-adapter-plain-js',
  contract: 2,
  variants: ['plain-js'],
  async create(variant) {
    if (variant !== 'plain-js') {
      return { ok: false, reason: `there is no variant "${variant}"`, cure: 'Use its only one, "plain-js".' }
    }
    try {
      // The runtime is loaded here, not by an import of this file: that it is missing is told, with the cure.
      const { plainJsBackend } = await import('./backend.js')
      return { ok: true, backend: plainJsBackend() }
    } catch (error) {
      const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
      // An error of these files is thrown on, with its line.
      if (!isMissing) throw error
      return { ok: false, reason: String(error), cure: 'npm install the-runtime' }
    }
  },
}
