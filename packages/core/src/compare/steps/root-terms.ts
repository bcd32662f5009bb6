/** Terms beside and below roots in an update: `sqrt(v) + c` in the place of `sqrt(v + c)`, and the other way round. */
import type { NumericTensor } from '../../ir/ops/operation.js'
import type { AlterableNode, Alteration } from './traced-step.js'

/** The term of a sum that is one number, and the other term. */
function termsOf({ node, inputs }: AlterableNode): readonly [x: NumericTensor, c: number, of: number] | undefined {
  if (node.op !== 'add' || node.stage !== 'update') return undefined
  const constant = inputs.findIndex(({ data }) => data.length === 1)
  const [x, c] = [inputs[1 - constant], inputs[constant]]
  // A norm of all gradients is one number, and no root of the optimizer's.
  return x === undefined || c === undefined || x.shape.length === 0 ? undefined : [x, Number(c.data[0]), 1 - constant]
}

/** sqrt(v + share c) where the program has sqrt(v) + c. */
export function insideRoot(share: number): Alteration {
  return (one) => {
    const terms = termsOf(one)
    if (terms === undefined || one.madeBy[terms[2]]?.op !== 'sqrt') return undefined
    const [root, c] = terms
    return { shape: one.value.shape, data: Float64Array.from(root.data).map((x) => Math.sqrt(x * x + share * c)) }
  }
}

/** sqrt(v) + share c where the program has sqrt(v + c). */
export function outsideRoot(share: number): Alteration {
  return (one) => {
    const terms = termsOf(one)
    if (terms === undefined || !one.readBy.some(({ op }) => op === 'sqrt')) return undefined
    const [x, c] = terms
    return { shape: one.value.shape, data: Float64Array.from(x.data).map((v) => (Math.sqrt(v) + share * c) ** 2) }
  }
}
