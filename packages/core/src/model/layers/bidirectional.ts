/** A recurrent layer both ways: another way to write its `"direction": "both"`. It is never built itself. */
import { internalError } from '../../errors.js'
import { layer } from './layer.js'

/** `{ "type": "bidirectional", "layer": { "type": "lstm", "units": 64 } }` */
export const bidirectional = layer({
  settings: ({ layer: nested }) => ({ layer: nested }),
  expand: ({ layer: inner }) => [{ ...inner, direction: 'both' }],
  build: () => {
    throw internalError('a bidirectional layer was built instead of what it stands for')
  },
})
