/** Multiply: the product of several inputs, element by element, y = x1 x2 ... */
import { joining } from './join.js'

/** `{ "type": "multiply", "inputs": ["a", "b"] }`; all of one shape. */
export const multiply = joining({ emit: (b, x, y) => b.mul(x, y), keras: 'Multiply', onnx: 'Mul', operator: '*' })
