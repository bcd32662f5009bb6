/**
 * Reads intermediate values from a backend: one program, tapped slice by slice, whose every value can be had for a step. Where the
 * backend cannot return intermediate values it says so, and only outputs can be compared.
 */
import type { Backend, Executable, ScanResult } from '../backend/contract.js'
import { sliceStep } from '../backend/scan.js'
import { internalError } from '../errors.js'
import { allInputs, type ValueId } from '../ir/program.js'
import type { Tensor, TensorMap } from '../tensor.js'
import { inputValues } from './float64-evaluator.js'
import type { Slice } from './slices.js'

/** Values of one step by id: those of a slice's nodes and of all that these read. */
export interface ObservedValues {
  readonly result: ScanResult
  /** @throws Error for a value that the slice does not hold. */
  readonly value: (id: ValueId) => Tensor
}

/** One backend on the slices of one program. Slices are compiled when first needed and kept. */
export class Observer {
  readonly backend: Backend
  readonly #constants: TensorMap
  readonly #executables = new Map<Slice, Promise<Executable>>()

  constructor(backend: Backend, constants: TensorMap) {
    this.backend = backend
    this.#constants = constants
  }

  /** Runs one step, `xs` being that step stacked as for a scan, and gives the values of a slice. */
  async observe(slice: Slice, carry: TensorMap, xs: TensorMap): Promise<ObservedValues> {
    const executable = await this.#executable(slice)
    const result = await executable.scan(carry, xs)
    const { program } = slice
    const values = inputValues(program, { constants: this.#constants, carry, x: sliceStep(xs, 0) })
    const ys = sliceStep(result.ys, 0)
    for (const { name, value } of program.outputs.ys) {
      const tensor = ys[name]
      if (tensor !== undefined) values.set(value, tensor)
    }
    return {
      result,
      value: (id) => {
        const value = values.get(id)
        if (value !== undefined) return value
        const input = allInputs(program).find((candidate) => candidate.id === id)
        throw internalError(`observer: value %${id}${input === undefined ? '' : ` ("${input.name}")`} was not tapped`)
      },
    }
  }

  #executable(slice: Slice): Promise<Executable> {
    const known = this.#executables.get(slice)
    if (known !== undefined) return known
    const compiled = this.backend.compile(slice.program, this.#constants)
    this.#executables.set(slice, compiled)
    return compiled
  }

  /** Frees the slices; one that failed to compile has nothing to free. */
  async close(): Promise<void> {
    const settled = await Promise.allSettled(this.#executables.values())
    this.#executables.clear()
    for (const result of settled) {
      // oxlint-disable-next-line no-await-in-loop -- a backend is used one call at a time
      if (result.status === 'fulfilled') await result.value.dispose()
    }
  }
}
