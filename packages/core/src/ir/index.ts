/** `@isograd/core/ir`: the programs that backends run; how they are built, differentiated, checked, shown and stored. */
export { Builder, isNode, type Scope, type Value } from './builder.js'
export { gradient, type GradientStages } from './gradient.js'
export { isOpName, type OpAttributes, opNames, type OpName, operationOf, operations } from './ops/index.js'
export type { ConvolutionAttributes, ConvolveAttributes } from './ops/convolution.js'
export { productSize, type ProductSize } from './ops/linear.js'
export type { NumericTensor, Operation } from './ops/operation.js'
export type { PoolAttributes, PoolingAttributes } from './ops/pooling.js'
export { type Places, readers, readPlaces, type Window } from './ops/windows.js'
export { print } from './print.js'
export {
  allInputs,
  BATCH,
  concreteShape,
  type Dim,
  formatShape,
  formatType,
  type GradientNote,
  type NodeOf,
  type Program,
  type ProgramInput,
  type ProgramNode,
  type ProgramOutput,
  type Shape,
  type TensorType,
  type ValueId,
  valueTypes,
} from './program.js'
export { parseProgram, stringifyProgram } from './serialize.js'
export { tap } from './tap.js'
export { verify } from './verify.js'
