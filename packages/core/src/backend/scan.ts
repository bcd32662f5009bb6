/**
 * `scan` for runtimes that have no loop of their own: turns a one-step function into an executable. It also holds the
 * checks of what enters a scan, which every adapter shares.
 */
import { BackendError, InputError } from '../errors.js'
import { BATCH, concreteShape, formatType, type Program, type ProgramInput, valueTypes } from '../ir/program.js'
import { allocate, elementCount, rows, sameShape, type Tensor, type TensorMap } from '../tensor.js'
import type { Executable, ScanResult } from './contract.js'

/** One step: must not write to its arguments; what it returns belongs to the caller. */
export type StepFunction = (carry: TensorMap, x: TensorMap, batch: number) => StepResult | Promise<StepResult>

/** The result of one step. */
export interface StepResult {
  readonly carry: TensorMap
  readonly y: TensorMap
}

/** Steps of a scan and the size of its batch. */
export interface ScanExtent {
  readonly steps: number
  readonly batch: number
}

/** A tensor by name; a name such as `toString` must not find what every object has. */
function own(map: TensorMap, name: string): Tensor | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined
}

function checkTensor(
  backend: string,
  what: string,
  declared: ProgramInput,
  given: Tensor | undefined,
  shape: readonly number[],
): void {
  const expected = `${declared.type.dtype}[${shape.join(',')}]`
  if (given === undefined) {
    const wanted = `${formatType(declared.type)}${what === 'xs' ? ' for each step' : ''}`
    throw new InputError(backend, `${what} "${declared.name}" is missing: expected ${wanted}`)
  }
  if (given.dtype !== declared.type.dtype || !sameShape(given.shape, shape)) {
    throw new InputError(backend, `${what} "${declared.name}": expected ${expected}, got ${formatType(given)}`)
  }
  if (given.data.length !== elementCount(shape)) {
    throw new InputError(backend, `${what} "${declared.name}": ${given.data.length} elements do not fill ${expected}`)
  }
}

function checkNoExtra(backend: string, what: string, declared: readonly ProgramInput[], given: TensorMap): void {
  const names = new Set(declared.map(({ name }) => name))
  const extra = Object.keys(given).find((name) => !names.has(name))
  if (extra !== undefined) throw new InputError(backend, `${what} "${extra}" is not an input of the program`)
}

/** Checks the constants against their declarations. @throws InputError */
export function checkConstants(backend: string, program: Program, constants: TensorMap): void {
  for (const input of program.inputs.constants) {
    checkTensor(backend, 'constant', input, own(constants, input.name), concreteShape(input.type.shape, 0))
  }
  checkNoExtra(backend, 'constant', program.inputs.constants, constants)
}

/** The number of steps and the batch that xs tell. A program without `xs` or without a batch has 0 there. */
export function extentOf({ inputs }: Program, xs: TensorMap): ScanExtent {
  const [first] = inputs.xs
  const steps = first === undefined ? 0 : (own(xs, first.name)?.shape[0] ?? 0)
  const batched = inputs.xs.find(({ type }) => type.shape.includes(BATCH))
  const batch = batched === undefined ? 0 : (own(xs, batched.name)?.shape[1 + batched.type.shape.indexOf(BATCH)] ?? 0)
  return { steps, batch }
}

/**
 * Checks carry and xs against their declarations and reads off the number of steps and the batch.
 * A program without `xs` or without a batch has 0 there. @throws InputError
 */
export function checkScan(backend: string, program: Program, carry: TensorMap, xs: TensorMap): ScanExtent {
  for (const input of program.inputs.carry) {
    checkTensor(backend, 'carry', input, own(carry, input.name), concreteShape(input.type.shape, 0))
  }
  checkNoExtra(backend, 'carry', program.inputs.carry, carry)
  if (program.inputs.xs.length === 0) {
    throw new InputError(backend, `program "${program.name}" has no xs to scan over`)
  }
  const { steps, batch } = extentOf(program, xs)
  for (const input of program.inputs.xs) {
    checkTensor(backend, 'xs', input, own(xs, input.name), [steps, ...concreteShape(input.type.shape, batch)])
  }
  checkNoExtra(backend, 'xs', program.inputs.xs, xs)
  return { steps, batch }
}

/** Empty stacked outputs, to be filled step by step. */
export function allocateOutputs(program: Program, { steps, batch }: ScanExtent): Record<string, Tensor> {
  const types = valueTypes(program)
  return Object.fromEntries(
    program.outputs.ys.map(({ name, value }): [string, Tensor] => {
      const type = types.get(value)
      if (type === undefined) throw new BackendError('core', `output "${name}" has no type`)
      const shape = [steps, ...concreteShape(type.shape, batch)]
      return [name, { dtype: type.dtype, shape, data: allocate(type.dtype, elementCount(shape)) } as Tensor]
    }),
  )
}

/** Step `i` of tensors that are stacked on axis 0, as views without that axis. */
export function sliceStep(xs: TensorMap, i: number): TensorMap {
  return Object.fromEntries(
    Object.entries(xs).map(([name, stacked]) => {
      const one = rows(stacked, i, i + 1)
      return [name, { ...one, shape: one.shape.slice(1) }]
    }),
  )
}

/** Writes one step's outputs into the stacked ones. @throws BackendError when a shape is not the declared one. */
export function storeStep(backend: string, stacked: Record<string, Tensor>, y: TensorMap, i: number): void {
  for (const [name, target] of Object.entries(stacked)) {
    const value = y[name]
    const shape = target.shape.slice(1)
    if (value === undefined || value.dtype !== target.dtype || !sameShape(value.shape, shape)) {
      const got = value === undefined ? 'nothing' : formatType(value)
      throw new BackendError(
        backend,
        `step ${i}: output "${name}" should be ${formatType({ dtype: target.dtype, shape })}, got ${got}`,
      )
    }
    target.data.set(value.data, i * elementCount(shape))
  }
}

/** Copies, so that the caller may write to what it is given: a step may hand on a constant, an x, or the carry itself. */
function owned(carry: TensorMap): TensorMap {
  return Object.fromEntries(
    Object.entries(carry).map(([name, one]) => [name, { ...one, data: one.data.slice() } as Tensor]),
  )
}

/** Milliseconds for which a scan may hold the thread: a step may be slow and never pause by itself. */
const LONGEST_HOLD = 100

/** Lets timers and signal handlers run. */
function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0)
  })
}

/** An executable that runs `step` once for each step of a scan. Inputs are checked, outputs stacked. */
export function scanByStep(program: Program, constants: TensorMap, backend: string, step: StepFunction): Executable {
  checkConstants(backend, program, constants)
  let disposed = false
  return {
    async scan(carry, xs): Promise<ScanResult> {
      if (disposed) throw new BackendError(backend, `scan of "${program.name}" after dispose`)
      const extent = checkScan(backend, program, carry, xs)
      const ys = allocateOutputs(program, extent)
      let current = carry
      let lastYield = performance.now()
      for (let i = 0; i < extent.steps; i++) {
        if (performance.now() - lastYield > LONGEST_HOLD) {
          // oxlint-disable-next-line no-await-in-loop -- between steps is the place for it
          await yieldToEventLoop()
          lastYield = performance.now()
        }
        // oxlint-disable-next-line no-await-in-loop -- each step needs the carry of the one before
        const result = await step(current, sliceStep(xs, i), extent.batch)
        storeStep(backend, ys, result.y, i)
        current = result.carry
      }
      return { carry: owned(current), ys }
    },
    async dispose() {
      disposed = true
    },
  }
}
