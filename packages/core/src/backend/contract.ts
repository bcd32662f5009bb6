/**
 * The contract between isograd and whatever trains: read this first.
 *
 * A backend compiles a whole program and scans it over data. It never learns that training exists: gradients and
 * optimizers arrive as ordinary nodes. It draws no random number and decides no order.
 */
import type { Program } from '../ir/program.js'
import type { DType, TensorMap } from '../tensor.js'

/**
 * The contract of this version of core. It gets another number whenever an adapter that stays as it is would no longer be
 * right; `changes` tells whoever has such an adapter what is new.
 */
export const contract = {
  number: 2,
  changes: 'since contract 2 an adapter says its contract, and the stage of a node is any text, or none',
} as const

/** The precisions that a backend may declare. */
export const precisions = ['tf32', 'bfloat16', 'float16', 'float32'] as const

/** The libraries, the device and the settings of a backend; copied into every record. */
export interface BackendInfo {
  /** Versions of the libraries that compute, by package name. */
  readonly versions: Readonly<Record<string, string>>
  /** Where it computes: `cpu`, `wasm`, `webgpu`, ... */
  readonly device: string
  /** Threads used inside one operation. */
  readonly threads: number
  /** The dtypes that a program's values may have. */
  readonly dtypes: readonly DType[]
  /**
   * Options that can change rounding or speed. `gradients` tells that the backend puts those of a differentiation of its
   * own in the place of what a program notes, and whose it is.
   */
  readonly options: Readonly<Record<string, string | number | boolean>>
  /**
   * The precision of a device that computes in less than its dtypes, to which a check then holds it: `tf32` reads the
   * operands of products in 10 bits, `bfloat16` stores in 7 and adds in float32, `float16` does all in 10.
   */
  readonly precision?: (typeof precisions)[number]
  /** Packages in a version that the adapter was never tested with, each with those that it was: `1.30.0 to 1.32.0`. */
  readonly untested?: Readonly<Record<string, string>>
}

/** Memory that a backend holds at a moment, beside what its callers hold. */
export interface BackendMemory {
  /** Bytes of tensors, compiled programs and whatever else grows with use. */
  readonly bytes: number
  /** Tensors and the like, each counted once: what is freed singly. */
  readonly tensors: number
}

/** Compiles programs. Safe to use for any number of programs, one call at a time. */
export interface Backend {
  /** `onnx`, `tfjs-wasm`, `reference`: the name users type. */
  readonly name: string
  readonly info: BackendInfo
  /**
   * Makes `program` runnable and binds its constants.
   *
   * The tensors in `constants` stay the caller's, must not be written to by either side, and may be shared between
   * executables: a backend that copies them to a device does well to do so once for each tensor object.
   * @throws UnsupportedOpError when the backend lacks an operation or a dtype: here, never in `scan`.
   */
  compile(program: Program, constants: TensorMap): Promise<Executable>
  /** Frees everything, executables included. Calling it twice is harmless; afterwards it refuses, or is right. */
  dispose(): Promise<void>
  /** The memory that it holds now. Optional: conformance then finds what is never freed. */
  memory?(): Promise<BackendMemory>
}

/** A compiled program with its constants. */
export interface Executable {
  /**
   * As `jax.lax.scan`: for i = 0 .. T-1 in order, `(carry, ys[i]) = program(constants, carry, xs[i])`.
   *
   * Every tensor in `xs` has the number of steps T as its axis 0; every tensor in `ys` comes back stacked so.
   * `carry` and `xs` are the caller's and are not written to; what is returned belongs to the caller. Scanning T steps
   * at once or one by one gives the same bits. T = 0 returns the carry and empty `ys`.
   * @throws InputError when a tensor is missing, superfluous, or of another dtype or shape than declared.
   */
  scan(carry: TensorMap, xs: TensorMap): Promise<ScanResult>
  /**
   * Makes what scans with so many rows in a batch need, where that is more than `compile` could do, so that the first of
   * them takes no longer than the next. Optional, and nobody has to call it. It alone may be called while other calls are
   * under way: what takes long beside the processor's work, such as a compiler, then runs side by side.
   */
  ready?(batch: number): Promise<void>
  /** Frees what `compile` took. Calling it twice is harmless; `scan` afterwards throws. */
  dispose(): Promise<void>
}

/** The result of a scan: the last carry, and the outputs of every step. */
export interface ScanResult {
  readonly carry: TensorMap
  readonly ys: TensorMap
}

/** The user's wishes when a backend is made. */
export interface AdapterOptions {
  /** Threads used inside one operation; the adapter's default when absent. */
  readonly threads?: number
}

/** A backend, or the reason that there is none and a cure. */
export type AdapterResult =
  | { readonly ok: true; readonly backend: Backend }
  | { readonly ok: false; readonly reason: string; readonly cure: string }

/** The export `isogradAdapter` of an adapter package, by which it is loaded from its name. */
export interface Adapter {
  /** Name of the package. */
  readonly name: string
  /** The contract that it was written for; one of another number is refused. */
  readonly contract: typeof contract.number
  /** Names of the backends it can make, the preferred one first. */
  readonly variants: readonly string[]
  /** The first and the last version that it was tested with, by package; another one is noted, and used. */
  readonly tested?: Readonly<Record<string, readonly [first: string, last: string]>>
  /** Makes one. Loads its runtime here and not on import; does not throw for a runtime that cannot be had. */
  create(variant: string, options: AdapterOptions): Promise<AdapterResult>
}
