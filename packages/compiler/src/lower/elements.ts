/** The elementwise operations, each as an expression of its operands: the table that a new one is added to. */
import type { DType } from '@isograd/core/backend'
import type { OpName, ProgramNode } from '@isograd/core/ir'
import { binary, compare, constant, convert, select, unary } from '../loops/build.js'
import { type Expression, loadedAs } from '../loops/loops.js'
import { elementary } from '../math/index.js'
import type { RootOp } from './lower.js'
import { elementTypes } from './writer.js'

/** Binds a value that is used more than once to a local. */
export type Name = (value: Expression) => Expression

type ElementRule = (operands: readonly Expression[], name: Name, node: ProgramNode) => Expression

/** @throws where a node has fewer inputs than its operation. */
function operand(operands: readonly Expression[], i: number): Expression {
  const found = operands[i]
  if (found === undefined) throw new Error(`operand ${i} is missing`)
  return found
}

const one =
  (rule: (x: Expression, name: Name) => Expression): ElementRule =>
  (operands, name) =>
    rule(operand(operands, 0), name)

const two =
  (rule: (x: Expression, y: Expression) => Expression): ElementRule =>
  (operands) =>
    rule(operand(operands, 0), operand(operands, 1))

/** A comparison; truth values are compared as 0 and 1. */
const comparing = (op: 'gt' | 'ge' | 'eq'): ElementRule =>
  two((x, y) => (x.type === 'bool' ? compare(op, convert('i32', x), convert('i32', y)) : compare(op, x, y)))

const elementaryRule = (name: keyof typeof elementary): ElementRule =>
  one((x, bind) => elementary[name][x.type === 'f64' ? 'f64' : 'f32'](x, bind))

const zero = (x: Expression): Expression => constant(x.type, 0)

/** The value as the register of a dtype; `uint8` keeps eight bits. */
function castTo(dtype: DType, x: Expression): Expression {
  if (dtype !== 'uint8') return convert(loadedAs[elementTypes[dtype]], x)
  return binary('and', convert('i32', x), constant('i32', 255))
}

/** Operations that are no expression of elements: an operation new in core does not compile here until it has a rule or stands here. */
type Other = RootOp | 'broadcastTo' | 'transpose' | 'slice' | 'gatherRows' | 'constant' | 'size'

const elements: Readonly<Record<Exclude<OpName, Other>, ElementRule>> = {
  add: two((x, y) => binary('add', x, y)),
  sub: two((x, y) => binary('sub', x, y)),
  mul: two((x, y) => binary('mul', x, y)),
  div: two((x, y) => binary('div', x, y)),
  maximum: two((x, y) => binary('max', x, y)),
  minimum: two((x, y) => binary('min', x, y)),
  neg: one((x) => unary('neg', x)),
  abs: one((x) => unary('abs', x)),
  // 0, -0 and NaN are their own sign.
  sign: one((x) =>
    select(compare('gt', x, zero(x)), constant(x.type, 1), select(compare('gt', zero(x), x), constant(x.type, -1), x)),
  ),
  sqrt: one((x) => unary('sqrt', x)),
  exp: elementaryRule('exp'),
  log: elementaryRule('log'),
  tanh: elementaryRule('tanh'),
  sigmoid: elementaryRule('sigmoid'),
  // What is not at most 0 stays: NaN too.
  relu: one((x) => select(compare('ge', zero(x), x), zero(x), x)),
  greater: comparing('gt'),
  greaterEqual: comparing('ge'),
  equal: comparing('eq'),
  select: (operands) => select(operand(operands, 0), operand(operands, 1), operand(operands, 2)),
  cast: (operands, _, node) =>
    node.op === 'cast' ? castTo(node.attributes.dtype, operand(operands, 0)) : operand(operands, 0),
}

const rules: Partial<Record<OpName, ElementRule>> = elements

/** An elementwise node as an expression. @throws where there is no rule for its operation. */
export function elementOf(node: ProgramNode, operands: readonly Expression[], name: Name): Expression {
  const rule = rules[node.op]
  if (rule === undefined) throw new Error(`no elementwise rule for ${node.op}`)
  return rule(operands, name, node)
}
