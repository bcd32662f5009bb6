/** Shared: another layer applied once more, to other inputs, with its settings, weights and states. It is never built itself. */
import * as z from 'zod/mini'
import { internalError } from '../../errors.js'
import { described } from '../../registry/described.js'
import { layer } from './layer.js'

/** `{ "type": "shared", "layer": "a", "inputs": ["right"] }` */
export const shared = layer({
  settings: { layer: described(z.string().check(z.minLength(1)), 'Name of the layer whose weights it uses.') },
  shares: (settings) => settings.layer,
  build: () => {
    throw internalError('an application of another layer was built instead of that one')
  },
})
