/** The table of operations of a new package: a line for each that core has, two of them computed. */
import { operationOf, opNames } from '@isograd/core/ir'

/** Operations that the new package has from the start, in the form of the table. */
const begun: Readonly<Record<string, string>> = {
  constant: `constant(out, _, { value }) {
    out.data[0] = value
  },`,
  relu: `relu(out, [x]) {
    for (let i = 0; i < out.data.length; i++) out.data[i] = x.data[i] <= 0 ? 0 : x.data[i]
  },`,
}

function lineOf(op: (typeof opNames)[number]): string {
  return `  // ${operationOf(op).formula.replace(/;[^;]*see below$/, '')}\n  ${begun[op] ?? `${op}: undefined,`}`
}

/** The text of `src/kernels/index.js`. @param hasRuntime true where `src/runtime.js` is there. */
export function kernelTable(hasRuntime: boolean): string {
  const runtime = hasRuntime ? `import { runtime } from '../runtime.js'\n` : ''
  const how = hasRuntime ? ' with the runtime, as in `out.data.set(runtime.add(x.data, y.data))`' : ''
  return `/**
 * All kernels in one table: \`undefined\` stands for an operation that is not there yet. A program that needs
 * it is refused by its name. Shapes and dtypes have been checked before any kernel runs.
 *
 * @import { Tensor } from '@isograd/core/backend'
 * @import { OpAttributes, OpName } from '@isograd/core/ir'
 */
${runtime}
/**
 * Computes an operation${how}. It fills \`out\`, which has the shape and dtype of the node and holds
 * zeros; inputs are only read. Elements are in row-major order. Operands of arithmetic, comparisons and \`select\` broadcast as in
 * NumPy: shapes are aligned at the right, and an axis of length 1 repeats. What more there is to an operation:
 * https://github.com/isograd/isograd/blob/main/docs/writing-an-adapter.md#the-operations
 *
 * @template Attributes
 * @typedef {(out: Tensor, inputs: readonly Tensor[], attributes: Attributes) => void} Kernel
 */

/**
 * Total over the operations of core: when core adds one, the type check of this package says which.
 *
 * @typedef {{ readonly [Name in OpName]: Kernel<OpAttributes[Name]> | undefined }} Kernels
 */

/** @type {Kernels} */
export const kernels = {
${opNames.map(lineOf).join('\n')}
}
`
}
