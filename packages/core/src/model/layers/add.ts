/** Add: the sum of several inputs, y = x1 + x2 + ... */
import { joining } from './join.js'

/** `{ "type": "add", "inputs": ["a", "b"] }`; all of one shape. */
export const add = joining({ emit: (b, x, y) => b.add(x, y), keras: 'Add', onnx: 'Add', operator: '+' })
