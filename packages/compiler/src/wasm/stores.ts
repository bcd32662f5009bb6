/** Stores of lanes: whole vectors, or those lanes that have an iteration. */
import type { ElementType, Statement } from '../loops/loops.js'
import type { FunctionCode } from './encode.js'
import { value } from './expressions.js'
import { lanesOf } from './vector.js'
import type { ActiveLanes, KernelWriter } from './writer.js'

/** The instructions that store so many lanes of a width, from which lane of that size, and how many bytes further. */
const pieces: Readonly<Record<number, readonly (readonly [bytes: 4 | 8, lane: number, offset: number])[]>> = {
  4: [[4, 0, 0]],
  8: [[8, 0, 0]],
  12: [
    [8, 0, 0],
    [4, 2, 8],
  ],
}

const laneStores = { 4: 'v128.store32_lane', 8: 'v128.store64_lane' } as const

/** Turns lanes into bytes at the start of the vector; it is on the stack before and behind. */
function narrow(code: FunctionCode): void {
  const lanes = code.local('v128')
  code.tee(lanes)
  code.get(lanes)
  code.op('i16x8.narrow_i32x4_u')
  code.tee(lanes)
  code.get(lanes)
  code.op('i8x16.narrow_i16x8_u')
}

/** The bits that are stored of each lane of 32 or 64 bits. */
const masks: Readonly<Partial<Record<ElementType, number>>> = { u8: 255, bool: 1 }

/** A store in a body that has lanes. */
export function storeLanes(writer: KernelWriter, s: Extract<Statement, { kind: 'store' }>, lanes: ActiveLanes): void {
  const { code } = writer
  const address = writer.addresses.of(s.buffer, s.index)
  const mask = masks[s.buffer.type]
  const [vector, isWhole] = [code.local('v128'), lanes.valid === lanesOf[lanes.width]]
  const store = (write: (offset: number) => void): void => {
    const offset = writer.address(address)
    code.get(vector)
    write(offset)
  }
  value(writer, s.value)
  if (mask !== undefined) {
    writer.splat(lanes.width === 32 ? 'i32' : 'i64', lanes.width, mask)
    code.op('v128.and')
    if (lanes.width === 32) narrow(code)
  }
  code.set(vector)
  if (mask !== undefined) storeBytes(writer, lanes, store)
  else if (isWhole) store((offset) => code.memory('v128.store', 2, offset))
  else {
    for (const [bytes, lane, further] of pieces[(lanes.valid * lanes.width) / 8] ?? []) {
      store((offset) => code.memory(laneStores[bytes], 2, offset + further, lane))
    }
  }
}

function storeBytes(
  { code }: KernelWriter,
  lanes: ActiveLanes,
  store: (write: (offset: number) => void) => void,
): void {
  if (lanes.width === 32 && lanes.valid === 4) return store((offset) => code.memory('v128.store32_lane', 0, offset, 0))
  const apart = lanes.width === 32 ? 1 : 8
  for (let lane = 0; lane < lanes.valid; lane++) {
    store((offset) => code.memory('v128.store8_lane', 0, offset + lane, lane * apart))
  }
}
