/** The reference backend as an adapter, so that it is loaded along the same path as every other. */
import type { Adapter } from '../backend/contract.js'
import { referenceBackend } from './backend.js'

/** Core as an adapter package: one variant, `reference`, which runs anywhere. */
export const isogradAdapter: Adapter = {
  name: '@isograd/core',
  contract: 2,
  variants: ['reference'],
  async create(variant) {
    if (variant === 'reference') return { ok: true, backend: referenceBackend() }
    return { ok: false, reason: `@isograd/core has no backend "${variant}"`, cure: 'name its only one, "reference"' }
  },
}
