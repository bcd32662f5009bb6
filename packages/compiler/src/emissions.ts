/**
 * The forms of a program on the way to machine code, each as it can be looked at.
 * @packageDocumentation
 * @experimental
 */
import type { Program } from '@isograd/core/ir'
import { lower } from './lower/lower.js'
import type { LoopProgram } from './loops/loops.js'
import { printLoops } from './loops/print.js'
import { placeBuffers } from './memory/place.js'
import type { MemoryPlan } from './memory/plan.js'
import { printPlan } from './memory/print.js'
import { emitC } from './native/emit.js'
import { plainMachine } from './native/machine.js'
import { control } from './wasm/meeting.js'
import { emitModule, scratchBytes } from './wasm/module.js'

/** A form of a program that can be looked at. */
export type Emission = 'loops' | 'plan' | 'c' | 'wasm'

function placed<T>(make: (program: LoopProgram, plan: MemoryPlan) => T): (program: Program, batch: number) => T {
  return (program, batch) => {
    const { carry, ...loops } = lower(program, batch)
    return make(loops, placeBuffers(loops, carry))
  }
}

/** Makes each of them of a program with so many rows in its batch. */
export const emissions: Readonly<Record<Emission, (program: Program, batch: number) => string | Uint8Array>> = {
  loops: placed((program) => `${printLoops(program)}\n`),
  plan: placed((program, plan) => `${printPlan(program, plan)}\n`),
  c: placed((program, plan) => emitC([{ program, plan }], plainMachine, { contracts: false, flushes: false })),
  wasm: placed((program, { bytes, offsets }) =>
    emitModule(program, {
      arena: 0,
      offsets,
      control: bytes,
      scratch: bytes + control.bytes,
      table: bytes + control.bytes + scratchBytes(program),
      isShared: false,
      constants: program.kernels.map(() => 0),
    }),
  ),
}
