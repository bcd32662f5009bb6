import { describe, expect, it } from 'vitest'
import { Bytes, bytesOfNumber } from '../src/wasm/bytes.js'
import { FunctionCode, moduleBytes } from '../src/wasm/encode.js'
import { requirePlatform } from '../src/wasm/platform.js'

const platform = requirePlatform()

const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')

describe('the encoder', () => {
  // The example of https://en.wikipedia.org/wiki/LEB128, and the ends of ranges.
  it.each([
    [0, '00'],
    [127, '7f'],
    [128, '80 01'],
    [624485, 'e5 8e 26'],
    [2 ** 32 - 1, 'ff ff ff ff 0f'],
  ])('writes %d without sign', (value, bytes) => {
    expect(hex(new Bytes().unsigned(value).view())).toBe(bytes)
  })

  it.each([
    [0n, '00'],
    [63n, '3f'],
    [64n, 'c0 00'],
    [-64n, '40'],
    [-65n, 'bf 7f'],
    [-123456n, 'c0 bb 78'],
    [-(2n ** 63n), '80 80 80 80 80 80 80 80 80 7f'],
  ])('writes %d with a sign', (value, bytes) => {
    expect(hex(new Bytes().signedLong(value).view())).toBe(bytes)
  })

  it.each([63, 64, -64, -65, -123456, 2 ** 31 - 1, -(2 ** 31)])('writes %d of 32 bits as it does of 64', (value) => {
    expect(hex(new Bytes().signed(value).view())).toBe(hex(new Bytes().signedLong(BigInt(value)).view()))
  })

  it('writes floats by their bits, the lowest byte first', () => {
    expect(hex(bytesOfNumber('f32', -0))).toBe('00 00 00 80')
    expect(hex(bytesOfNumber('f64', 1))).toBe('00 00 00 00 00 00 f0 3f')
    expect(hex(bytesOfNumber('i64', -2n))).toBe('fe ff ff ff ff ff ff ff')
  })

  it('makes modules that run: locals of several types, code at the start, memory and calls', async () => {
    const add = new FunctionCode('add', ['i32', 'i32'], ['i32'])
    const [vector, sum] = [add.local('v128'), add.local('i32')]
    add.get(0)
    add.get(1)
    add.op('i32.add')
    add.set(sum)
    add.i32(64)
    add.get(vector)
    add.memory('v128.store', 0, 16)
    add.get(sum)
    add.vectorAtStart(
      vector,
      Array.from({ length: 16 }, (_, i) => 200 + i),
    )
    const twice = new FunctionCode('twice', ['i32'], ['i32'])
    twice.get(0)
    twice.get(0)
    twice.numbered('call', 0)
    const bytes = moduleBytes({ functions: [add, twice], globals: 3, exports: { twice } })
    expect(platform.validate(bytes)).toBe(true)
    const memory = new platform.Memory({ initial: 1, maximum: 1 })
    const { instance } = await platform.instantiate(bytes, { env: { memory } })
    expect((instance.exports['twice'] as (x: number) => number)(21)).toBe(42)
    expect([...new Uint8Array(memory.buffer, 80, 16)]).toEqual(Array.from({ length: 16 }, (_, i) => 200 + i))
  })

  it('makes modules of many functions', () => {
    const functions = Array.from({ length: 3000 }, (_, i) => new FunctionCode(`kernel ${i}`, [], []))
    expect(platform.validate(moduleBytes({ functions, globals: 0, exports: {} }))).toBe(true)
  })
})
