/**
 * A compiled program on ONNX Runtime: one session, whose single run is a whole scan. This file feeds it and takes the
 * results; the model is written in `model/`.
 */
import {
  allocateOutputs,
  BackendError,
  checkScan,
  type Executable,
  InputError,
  type ScanExtent,
  type ScanResult,
  type Tensor,
  type TensorMap,
} from '@isograd/core/backend'
import { type Program, type ProgramOutput, valueTypes } from '@isograd/core/ir'
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { entryOf } from './model/draft.js'
import { handedOn, rowInputs, usesBatch } from './model/inputs.js'
import { names } from './model/model.js'
import { packCarry, type PackedProgram, unpackCarry } from './fusion/packing.js'
import type { Engine, OrtModule } from './engines/engine.js'
import { fromOrt, int64, toOrt } from './tensors.js'

/** The parts of an executable. */
export interface ExecutableParts {
  readonly ort: OrtModule
  readonly engine: Engine
  readonly backend: string
  /** The program that was given, and the one that the session runs. */
  readonly program: Program
  readonly packed: PackedProgram
  readonly session: InferenceSession
  readonly constants: TensorMap
  /** Called once, when the executable is disposed of. */
  readonly onDispose: (executable: Executable) => void
}

type Feeds = Record<string, OrtTensor>

/** Checks row numbers that reach an operation on rows straight from an input. @throws InputError */
export function checkRows(
  backend: string,
  program: Program,
  role: 'constants' | 'xs',
  given: TensorMap,
  batch = 0,
): void {
  for (const { input, role: bound, count } of rowInputs(program)) {
    if (bound !== role) continue
    const limit = typeof count === 'number' ? count : batch
    const row = given[input.name]?.data.find((value) => value < 0 || value >= limit)
    if (row === undefined) continue
    throw new InputError(backend, `${role} "${input.name}": row ${row} is outside 0 .. ${limit - 1}`)
  }
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function feedAll(ort: OrtModule, feeds: Feeds, tensors: TensorMap, name: (name: string) => string): void {
  for (const [key, tensor] of Object.entries(tensors)) feeds[name(key)] = toOrt(ort, tensor)
}

function copy(tensors: TensorMap): TensorMap {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, { ...tensor, data: tensor.data.slice() } as Tensor]),
  )
}

/** One session with its constants; `scan` is one run. */
export class OnnxExecutable implements Executable {
  readonly #parts: ExecutableParts
  readonly #bound: Feeds = {}
  readonly #usesBatch: boolean
  readonly #types: ReturnType<typeof valueTypes>
  readonly #handedOn: ReadonlySet<string>
  #disposed = false

  constructor(parts: ExecutableParts) {
    this.#parts = parts
    this.#types = valueTypes(parts.packed.program)
    this.#usesBatch = usesBatch(parts.packed.program)
    this.#handedOn = handedOn(parts.packed.program)
    feedAll(parts.ort, this.#bound, parts.constants, names.constant)
  }

  async scan(carry: TensorMap, xs: TensorMap): Promise<ScanResult> {
    const { backend, program } = this.#parts
    if (this.#disposed) throw new BackendError(backend, `scan of "${program.name}" after dispose`)
    const extent = checkScan(backend, program, carry, xs)
    checkRows(backend, program, 'xs', xs, extent.batch)
    if (extent.steps === 0) return { carry: copy(carry), ys: allocateOutputs(program, extent) }
    return this.#take(carry, await this.#run(this.#feeds(carry, xs, extent)))
  }

  #feeds(carry: TensorMap, xs: TensorMap, { steps, batch }: ScanExtent): Feeds {
    const { ort, packed } = this.#parts
    const feeds: Feeds = { ...this.#bound, [names.steps]: int64(ort, [], [steps]) }
    if (this.#usesBatch) feeds[names.batch] = int64(ort, [1], [batch])
    feedAll(ort, feeds, packCarry(packed.packs, carry), names.carry)
    feedAll(ort, feeds, xs, names.xs)
    return feeds
  }

  async #run(feeds: Feeds): Promise<InferenceSession.ReturnType> {
    const { engine, backend, program, session } = this.#parts
    try {
      return await engine.call(() => session.run(feeds))
    } catch (error) {
      throw new BackendError(backend, `scan of "${program.name}" failed: ${message(error)}`, { cause: error })
    }
  }

  #take(given: TensorMap, results: InferenceSession.ReturnType): ScanResult {
    const { backend, packed } = this.#parts
    const { program, packs } = packed
    const read = (outputs: readonly ProgramOutput[], nameOf: (name: string) => string): TensorMap =>
      Object.fromEntries(
        outputs.map(({ name, value }) => {
          const { dtype } = entryOf(this.#types, value)
          return [name, fromOrt(backend, name, dtype, results[nameOf(name)])]
        }),
      )
    const changed = program.outputs.carry.filter(({ name }) => !this.#handedOn.has(name))
    const standing = Object.fromEntries(Object.entries(given).filter(([name]) => this.#handedOn.has(name)))
    const carry = { ...unpackCarry(packs, read(changed, names.lastCarry)), ...copy(standing) }
    return { carry, ys: read(program.outputs.ys, names.ys) }
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return
    this.#disposed = true
    this.#parts.onDispose(this)
    const { engine, session } = this.#parts
    await engine.call(() => session.release())
  }
}
