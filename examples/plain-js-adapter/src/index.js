/**
 * What the package exports: `isogradAdapter`, by which the `isograd` command finds the backend, and the backend itself
 * for whoever writes code.
 *
 * @import { Adapter } from '@isograd/core/backend'
 */
import { plainJsBackend } from './backend.js'

export { plainJsBackend }

/**
 * The adapter as the command loads it. An adapter with a runtime beneath imports it inside `create`, and answers
 * `{ ok: false, reason, cure }` where that fails; this one has nothing to load.
 *
 * @type {Adapter}
 */
export const isogradAdapter = {
  name: 'isograd-adapter-plain-js',
  contract: 2,
  variants: ['plain-js'],
  async create(variant) {
    if (variant === 'plain-js') return { ok: true, backend: plainJsBackend() }
    return { ok: false, reason: `there is no variant "${variant}"`, cure: 'Use its only one, "plain-js".' }
  },
}
