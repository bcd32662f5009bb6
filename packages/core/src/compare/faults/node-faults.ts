/** Faults of single operations: a node that computes something else than it says. */
import { BATCH, type ProgramNode } from '../../ir/program.js'
import { type Fault, rewriting } from './fault.js'
import { change, type Emit, type NodeChange, type Rewrite } from './rewrite.js'

type Where = Partial<Pick<ProgramNode, 'op' | 'stage' | 'layer'>>

function isThere(node: ProgramNode, where: Where): boolean {
  return Object.entries(where).every(([key, value]) => node[key as keyof Where] === value)
}

/** A change of the nodes at a place. */
function at(where: Where, build: (node: ProgramNode, emit: Emit) => NodeChange | undefined): Rewrite {
  return (node, emit) => (isThere(node, where) ? build(node, emit) : undefined)
}

/** The node's own value, computed beside it. */
function right(node: ProgramNode, emit: Emit) {
  return emit(node.op, node.inputs, node.attributes)
}

/** The node times a number. */
function scaled(node: ProgramNode, emit: Emit, factor: number): NodeChange {
  return change('mul', [right(node, emit), emit('constant', [], { value: factor, dtype: node.type.dtype })], {})
}

/** The node with a factor of another value. */
function transposedB(node: ProgramNode): NodeChange | undefined {
  if (node.op !== 'matmul') return undefined
  const { transposeA, transposeB } = node.attributes
  return change('matmul', node.inputs, { transposeA, transposeB: !transposeB })
}

/** Rounded to fewer bits: c = x (2^(24 - bits) + 1), c - (c - x) in float32 (Dekker 1971). A float16 has 11. */
function roundedTo(bits: number) {
  return (node: ProgramNode, emit: Emit): NodeChange => {
    const x = right(node, emit)
    const c = emit('mul', [x, emit('constant', [], { value: 2 ** (24 - bits) + 1, dtype: node.type.dtype })], {})
    return change('sub', [c, emit('sub', [c, x], {})], {})
  }
}

/** Zero unless the batch is whole. */
function onlyWholeBatches(wholeBatch: number): Rewrite {
  return (node, emit, typeOf) => {
    const [x] = node.inputs
    const sumsRows = node.op === 'reduceSum' && node.attributes.axes.includes(0)
    if (!sumsRows || x === undefined || typeOf(x).shape[0] !== BATCH) return undefined
    const { dtype } = node.type
    if (dtype !== 'float32' && dtype !== 'float64') return undefined
    const rows = emit('size', [x], { axis: 0, dtype })
    const isWhole = emit('greaterEqual', [rows, emit('constant', [], { value: wholeBatch, dtype })], {})
    return change('mul', [right(node, emit), emit('cast', [isWhole], { dtype })], {})
  }
}

function rowsOneTooSmall(node: ProgramNode, emit: Emit): NodeChange | undefined {
  const [source, rows] = node.inputs
  if (source === undefined || rows === undefined) return undefined
  const asFloat = emit('cast', [rows], { dtype: 'float32' })
  const less = emit('sub', [asFloat, emit('constant', [], { value: 1, dtype: 'float32' })], {})
  return change('gatherRows', [source, emit('cast', [emit('relu', [less], {})], { dtype: 'int32' })], {})
}

/** The root of v + epsilon; the sum after it then adds nothing. */
const epsilonInsideRoot: Rewrite = (node, emit) => {
  if (node.stage !== 'update') return undefined
  const [x] = node.inputs
  const constant = (value: number) => emit('constant', [], { value, dtype: node.type.dtype })
  if (node.op === 'sqrt' && x !== undefined) return change('sqrt', [emit('add', [x, constant(1e-8)], {})], {})
  return undefined
}

const sameSide: Rewrite = (node) => {
  // sigmoid' is y (1 - y); this one takes 1 - y' of a value already multiplied: y for 1 - y.
  const [, y] = node.inputs
  const isFactor = node.op === 'sub' && node.stage === 'activation-gradient' && node.layer === 'activation2'
  return isFactor && y !== undefined ? change('broadcastTo', [y], { shape: node.type.shape }) : undefined
}

const BLOCK = 48

/** Faults that an ops check must name. */
export const nodeFaults: readonly Fault[] = [
  {
    id: 'transposed-operand',
    about: 'the forward product of dense2 reads its weights transposed',
    arm: 'relu',
    mode: 'ops',
    expected: { kind: 'operation', operation: 'matmul', layer: 'dense2', stage: 'forward', step: 0 },
    wrap: rewriting(at({ op: 'matmul', stage: 'forward', layer: 'dense2' }, transposedB)),
  },
  {
    id: 'untransposed-gradient',
    about: "the gradient of dense3's input forgets to transpose the weights",
    arm: 'relu',
    mode: 'ops',
    expected: { kind: 'operation', operation: 'matmul', layer: 'dense3', stage: 'activation-gradient', step: 0 },
    wrap: rewriting(at({ op: 'matmul', stage: 'activation-gradient', layer: 'dense3' }, transposedB)),
  },
  {
    id: 'missing-bias-gradient',
    about: "the gradient of dense1's bias is zero",
    arm: 'relu',
    mode: 'ops',
    expected: { kind: 'operation', operation: 'reduceSum', layer: 'dense1', stage: 'weight-gradient', step: 0 },
    wrap: rewriting(
      at({ op: 'reduceSum', stage: 'weight-gradient', layer: 'dense1' }, (node, emit) => scaled(node, emit, 0)),
    ),
  },
  {
    id: 'doubled-bias-gradient',
    about: "the gradient of dense2's bias is counted twice",
    arm: 'relu',
    mode: 'ops',
    expected: { kind: 'operation', operation: 'reduceSum', layer: 'dense2', stage: 'weight-gradient', step: 0 },
    wrap: rewriting(
      at({ op: 'reduceSum', stage: 'weight-gradient', layer: 'dense2' }, (node, emit) => scaled(node, emit, 2)),
    ),
  },
  {
    id: 'relu-gradient-at-zero',
    about: "relu'(0) is 1 in activation2",
    arm: 'relu',
    mode: 'ops',
    expected: { kind: 'operation', operation: 'greater', layer: 'activation2', stage: 'activation-gradient', step: 0 },
    wrap: rewriting(
      at({ op: 'greater', stage: 'activation-gradient', layer: 'activation2' }, (node) =>
        change('greaterEqual', node.inputs, {}),
      ),
    ),
  },
  {
    id: 'sigmoid-gradient-wrong-side',
    about: "sigmoid' of activation2 is y y in the place of y (1 - y)",
    arm: 'sigmoid',
    mode: 'ops',
    expected: { kind: 'operation', operation: 'sub', layer: 'activation2', stage: 'activation-gradient', step: 0 },
    wrap: rewriting(sameSide),
  },
  {
    id: 'epsilon-inside-root',
    about: "Adam's epsilon stands under the root",
    arm: 'relu',
    mode: 'ops',
    expected: { kind: 'operation', operation: 'sqrt', layer: 'dense1.weight', stage: 'update', step: 0 },
    wrap: rewriting(epsilonInsideRoot),
  },
  {
    id: 'mean-instead-of-sum',
    about: 'the loss is averaged where it should be summed',
    arm: 'relu',
    mode: 'ops',
    expected: { kind: 'operation', operation: 'reduceSum', stage: 'loss', step: 0 },
    wrap: rewriting(at({ op: 'reduceSum', stage: 'loss' }, (node, emit) => scaled(node, emit, 1 / 160))),
  },
  {
    id: 'dropped-partial-batch',
    about: 'sums over the rows of a batch that is not whole come out as zero',
    arm: 'relu',
    mode: 'ops',
    expected: { kind: 'operation', operation: 'reduceSum', stage: 'loss', step: 2 },
    wrap: rewriting(onlyWholeBatches(16)),
  },
  {
    id: 'float16-operation',
    about: 'the forward product of dense2 is rounded to float16',
    arm: 'relu',
    mode: 'ops',
    expected: { kind: 'operation', operation: 'matmul', layer: 'dense2', stage: 'forward', step: 0 },
    wrap: rewriting(at({ op: 'matmul', stage: 'forward', layer: 'dense2' }, roundedTo(11))),
  },
  {
    id: 'float16-long-sum',
    about: 'the forward product of dense1, of 784 terms, is rounded to float16',
    arm: 'relu',
    mode: 'step',
    expected: { kind: 'operation', operation: 'matmul', layer: 'dense1', stage: 'forward', step: 0 },
    wrap: rewriting(at({ op: 'matmul', stage: 'forward', layer: 'dense1' }, roundedTo(11))),
  },
  {
    id: 'imprecise-long-sum',
    about: 'the forward product of dense1, of 784 terms, is rounded to 12 bits: within its worst case',
    arm: 'relu',
    mode: 'step',
    expected: { kind: 'precision', operation: 'matmul', layer: 'dense1', stage: 'forward', step: 0 },
    wrap: rewriting(at({ op: 'matmul', stage: 'forward', layer: 'dense1' }, roundedTo(12))),
  },
  {
    id: 'bias-per-block',
    about: `the bias of dense1 is added once for each ${BLOCK} of the 784 terms`,
    arm: 'relu',
    mode: 'ops',
    expected: { kind: 'operation', operation: 'add', layer: 'dense1', stage: 'forward', step: 0 },
    wrap: rewriting(
      at({ op: 'add', stage: 'forward', layer: 'dense1' }, (node, emit) => {
        const [product, bias] = node.inputs
        if (product === undefined || bias === undefined) return undefined
        const blocks = emit('constant', [], { value: Math.ceil(784 / BLOCK), dtype: node.type.dtype })
        return change('add', [product, emit('mul', [bias, blocks], {})], {})
      }),
    ),
  },
  {
    id: 'off-by-one-gather',
    about: 'every batch takes the rows before those it was told',
    arm: 'relu',
    mode: 'ops',
    expected: { kind: 'operation', operation: 'gatherRows', stage: 'data', step: 0 },
    wrap: rewriting(at({ op: 'gatherRows', stage: 'data' }, rowsOneTooSmall)),
  },
  {
    id: 'biased-running-variance',
    about: 'batch normalisation keeps the biased variance',
    arm: 'normalised',
    mode: 'ops',
    expected: { kind: 'operation', operation: 'mul', layer: 'batchNorm1', stage: 'forward', step: 0 },
    wrap: rewriting((node, emit, typeOf) => {
      const [variance, correction] = node.inputs
      const isCorrected =
        node.op === 'mul' && node.layer === 'batchNorm1' && node.stage === 'forward' && correction !== undefined
      if (!isCorrected || variance === undefined || typeOf(correction).shape.length > 0) return undefined
      const isSize = node.type.shape.length === 1 && node.name.endsWith('/mul:2')
      return isSize
        ? change('mul', [variance, emit('constant', [], { value: 1, dtype: node.type.dtype })], {})
        : undefined
    }),
  },
  {
    id: 'worst-class-for-best',
    about: 'evaluation takes the class with the smallest logit',
    arm: 'relu',
    mode: 'ops',
    expected: { kind: 'operation', operation: 'argMax', stage: 'metric' },
    wrap: rewriting(
      at({ op: 'argMax' }, (node, emit) =>
        change(
          'argMax',
          node.inputs.map((id) => emit('neg', [id], {})),
          {},
        ),
      ),
    ),
  },
]
