/**
 * The loop IR: what a fused group of operations becomes before it is written as WebAssembly or as C. All sizes are known;
 * a program is lowered anew for each size of its batch.
 *
 * Registers hold `f32`, `f64`, `i32`, `i64` or `bool`. Inside a loop that is `vector` everything that is declared there
 * has a lane for each iteration; a body means the same numbers, bit for bit, whatever the number of lanes, because
 * lanes never meet but in `reduce`, whose sixteen logical lanes are fixed.
 */

/** Types of elements in memory: `u8` and `bool` take one byte, `bool` is 0 or 1. */
export type ElementType = 'f32' | 'f64' | 'i32' | 'u8' | 'bool'

/** Types of registers. `u8` is loaded as `i32`. */
export type RegisterType = 'f32' | 'f64' | 'i32' | 'i64' | 'bool'

/** Bytes of an element. */
export const bytesOf: Readonly<Record<ElementType, number>> = { f32: 4, f64: 8, i32: 4, u8: 1, bool: 1 }

/** The type of what is loaded from memory. */
export const loadedAs: Readonly<Record<ElementType, RegisterType>> = {
  f32: 'f32',
  f64: 'f64',
  i32: 'i32',
  u8: 'i32',
  bool: 'bool',
}

/** Number of a local variable or of a loop's variable; unique in its kernel. */
export type Local = number

/** Memory that a kernel reads or writes: `memory/` gives it a place. */
export interface Buffer {
  readonly id: number
  /** Name of the value that it holds first, for people. */
  readonly name: string
  readonly type: ElementType
  /** Elements. */
  readonly length: number
  /**
   * `arena`: memory of the executable. `constant`, `x`, `y`: the tensor of that number among the program's constants, xs and
   * ys; `x` and `y` are those of the step at hand.
   */
  readonly space: 'arena' | 'constant' | 'x' | 'y'
  /** Number among the tensors of its space; among the buffers of the arena it has no meaning. */
  readonly index: number
}

/** An element's number: `constant + sum of stride * local`. Locals are loop variables or `i32` that were `let`. */
export interface Index {
  readonly constant: number
  readonly terms: readonly { readonly local: Local; readonly stride: number }[]
}

/**
 * Operations of one operand. `nearest` rounds halves to even; `bits` and `float` reinterpret f32 and i32, or f64 and i64. Of a
 * NaN the sign and the payload are not fixed: what is made of its bits must be the same for all of them.
 */
export type UnaryOp = 'neg' | 'abs' | 'sqrt' | 'nearest' | 'bits' | 'float'

/**
 * Operations of two operands of one type. `max` and `min` are those of `Math`: NaN where either is, -0 below 0.
 * `and`, `or`, `xor` are of integers and of `bool`; `shl`, `shr` (with sign), `ushr` are of integers, by a constant.
 */
export type BinaryOp = 'add' | 'sub' | 'mul' | 'div' | 'max' | 'min' | 'and' | 'or' | 'xor' | 'shl' | 'shr' | 'ushr'

/** Comparisons of two operands of one type, false for NaN; `ne` is true for NaN. */
export type CompareOp = 'gt' | 'ge' | 'eq' | 'ne'

/**
 * A value without effects. Every expression tells the type of its register. Elements that are loaded must be there, also in
 * the arm of a `select` that is not taken.
 */
export type Expression =
  | { readonly kind: 'constant'; readonly type: RegisterType; readonly value: number | bigint }
  | { readonly kind: 'local'; readonly type: RegisterType; readonly local: Local }
  | { readonly kind: 'load'; readonly type: RegisterType; readonly buffer: Buffer; readonly index: Index }
  | { readonly kind: 'unary'; readonly type: RegisterType; readonly op: UnaryOp; readonly x: Expression }
  | {
      readonly kind: 'binary'
      readonly type: RegisterType
      readonly op: BinaryOp
      readonly x: Expression
      readonly y: Expression
    }
  | {
      readonly kind: 'compare'
      readonly type: 'bool'
      readonly op: CompareOp
      readonly x: Expression
      readonly y: Expression
    }
  | {
      readonly kind: 'select'
      readonly type: RegisterType
      readonly condition: Expression
      readonly x: Expression
      readonly y: Expression
    }
  /**
   * To another type: between floats by rounding; from a float to `i32` toward zero, saturating, NaN to 0; from `i32`, and from
   * `bool` (0 or 1), exactly or by rounding; from a number to `bool` where it is not 0; from `i64` to `f64` by rounding.
   */
  | { readonly kind: 'convert'; readonly type: RegisterType; readonly x: Expression }

/** A statement. */
export type Statement =
  /** `for (local = 0; local < extent; local++)`. `vector`: see above; then each index has the local with stride 0 or 1. */
  | {
      readonly kind: 'for'
      readonly local: Local
      readonly extent: number
      readonly vector: boolean
      readonly body: readonly Statement[]
    }
  /** A value that has a name from here to the end of the body; never assigned again. */
  | { readonly kind: 'let'; readonly local: Local; readonly value: Expression }
  /** As `let`, but `assign` may follow, also in loops inside. */
  | { readonly kind: 'variable'; readonly local: Local; readonly value: Expression }
  | { readonly kind: 'assign'; readonly local: Local; readonly value: Expression }
  | { readonly kind: 'store'; readonly buffer: Buffer; readonly index: Index; readonly value: Expression }
  /**
   * `let local` = the sum or the maximum of `value` over `over` = 0 .. extent-1 (at least 1). Logical lane l of sixteen takes
   * iterations l, l + 16, ... in order; then lanes 8 to 15 are joined to 0 to 7, 4 to 7 to 0 to 3, and so on, lanes
   * without an iteration being left out. A sum of -0 alone is 0. Stands in no vector loop; indices of `value` that have
   * `over` have it with any stride, best 1.
   */
  | {
      readonly kind: 'reduce'
      readonly local: Local
      readonly op: 'add' | 'max'
      readonly over: Local
      readonly extent: number
      readonly value: Expression
    }
  | Product
  /** Calls a row number out of 0 .. limit-1: the scan ends with `fault`, and the local of the row is taken as 0. */
  | {
      readonly kind: 'guard'
      readonly local: Local
      readonly row: Expression
      readonly limit: number
      readonly fault: number
    }

/** Elements of a matrix: `buffer[start + row * rowStride + column * columnStride]`. */
export interface Matrix {
  readonly buffer: Buffer
  readonly start: Index
  readonly rowStride: number
  readonly columnStride: number
}

/**
 * C = A B: rows x inner by inner x columns. Each element is the sum over the inner dimension in order, from the first
 * term on, one product after the other. Columns of B lie side by side (columnStride 1), in the arena.
 *
 * What becomes of an element is `body`, in which `value` is the element at `row`, `column`; it is vector over
 * `column` (indices have it with stride 0 or 1). Storing it is one of its statements.
 */
export interface Product {
  readonly kind: 'product'
  readonly type: 'f32' | 'f64'
  readonly rows: number
  readonly inner: number
  readonly columns: number
  readonly a: Matrix
  readonly b: Matrix
  readonly row: Local
  readonly column: Local
  readonly value: Local
  readonly body: readonly Statement[]
}

/** The work of one group of operations: a function of the code that is made. */
export interface Kernel {
  /** Names of its operations and layers, for people. */
  readonly name: string
  /** Locals are 0 .. locals-1. */
  readonly locals: number
  readonly body: readonly Statement[]
}

/** A faulty row number that compiled code may meet, by number: what is said of it. */
export interface Fault {
  /** The operation, and the name of its node in quotation marks. */
  readonly node: string
  readonly limit: number
}

/** A program as kernels, for one size of its batch; each step calls all of them in order. */
export interface LoopProgram {
  readonly name: string
  readonly kernels: readonly Kernel[]
  readonly faults: readonly Fault[]
  /** Operations that take computing and that no kernel computes: none, or a rule wrote nothing. */
  readonly uncovered: number
}
