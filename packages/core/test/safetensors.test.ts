/** The format against its published description: bytes written out by hand, and headers that must be refused. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InputError } from '../src/errors.js'
import { decodeSafetensors, encodeSafetensors } from '../src/records/safetensors.js'
import { type DType, elementCount, tensor } from '../src/tensor.js'

/** A file made by hand: length, header text, data. */
function file(header: string, data: readonly number[] = [], length = BigInt(header.length)): Uint8Array {
  const bytes = new Uint8Array(8 + header.length + data.length)
  new DataView(bytes.buffer).setBigUint64(0, length, true)
  bytes.set(new TextEncoder().encode(header), 8)
  bytes.set(data, 8 + header.length)
  return bytes
}

function entry(dtype: string, shape: unknown, offsets: unknown): string {
  return JSON.stringify({ dtype, shape, data_offsets: offsets })
}

describe('encodeSafetensors', () => {
  it('writes the bytes that the format describes', () => {
    const bytes = encodeSafetensors({ w: tensor('float32', [1, 2], [1, -2]) })
    const header = '{"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}'
    expect(header.length % 8).toBe(0)
    expect([...bytes.subarray(0, 8)]).toEqual([header.length, 0, 0, 0, 0, 0, 0, 0])
    expect(new TextDecoder().decode(bytes.subarray(8, 8 + header.length))).toBe(header)
    // IEEE 754: 1 = 0x3f800000, -2 = 0xc0000000, little-endian
    expect([...bytes.subarray(8 + header.length)]).toEqual([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0])
  })

  it('pads the header with spaces so that data begin on a multiple of 8', () => {
    const bytes = encodeSafetensors({ 'dense1.weight': tensor('float64', [1], [3]) })
    const headerLength = Number(new DataView(bytes.buffer).getBigUint64(0, true))
    const header = new TextDecoder().decode(bytes.subarray(8, 8 + headerLength))
    expect(headerLength % 8).toBe(0)
    expect(header).toMatch(/\} +$/)
    expect(new DataView(bytes.buffer).getFloat64(8 + headerLength, true)).toBe(3)
  })

  it('puts wide elements first, so that each tensor is aligned to its element', () => {
    const bytes = encodeSafetensors({
      a: tensor('uint8', [3], [1, 2, 3]),
      b: tensor('float64', [1], [1]),
      c: tensor('int32', [1], [7]),
    })
    const headerLength = Number(new DataView(bytes.buffer).getBigUint64(0, true))
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength))) as unknown
    expect(header).toMatchObject({
      b: { data_offsets: [0, 8] },
      c: { data_offsets: [8, 12] },
      a: { data_offsets: [12, 15] },
    })
  })

  it('does not depend on the order of the tensors', () => {
    const [a, b] = [tensor('float32', [1], [1]), tensor('float32', [1], [2])]
    expect(encodeSafetensors({ a, b })).toEqual(encodeSafetensors({ b, a }))
  })

  it('refuses the reserved name and data that do not fill their shape', () => {
    expect(() => encodeSafetensors({ __metadata__: tensor('uint8', [0], []) })).toThrow(InputError)
    const short = { dtype: 'float32', shape: [2], data: new Float32Array(1) } as const
    expect(() => encodeSafetensors({ short })).toThrow('1 elements do not fill [2]')
  })
})

const dtypes: readonly DType[] = ['float32', 'float64', 'int32', 'uint8', 'bool']

const anyTensor = fc
  .tuple(fc.constantFrom(...dtypes), fc.array(fc.nat({ max: 4 }), { maxLength: 3 }))
  .chain(([dtype, shape]) => {
    const length = elementCount(shape)
    const element = dtype.startsWith('float')
      ? fc.float({ noNaN: false })
      : fc.nat({ max: dtype === 'bool' ? 1 : dtype === 'uint8' ? 255 : 0x7fffffff })
    return fc
      .array(element, { minLength: length, maxLength: length })
      .map((values) => tensor(dtype, shape, Float64Array.from(values)))
  })

describe('decodeSafetensors', () => {
  it('reads a file written by hand, at any offset of its buffer', () => {
    const header = `{"__metadata__":{"format":"pt"},"x":${entry('I32', [2], [0, 8])}}`
    const whole = file(header, [1, 0, 0, 0, 255, 255, 255, 255])
    const shifted = new Uint8Array(whole.length + 3)
    shifted.set(whole, 3)
    for (const bytes of [whole, shifted.subarray(3)]) {
      const { tensors, metadata } = decodeSafetensors(bytes)
      expect(metadata).toEqual({ format: 'pt' })
      expect(tensors).toEqual({ x: tensor('int32', [2], Int32Array.of(1, -1)) })
    }
  })

  it('gives back what was encoded, to the last bit', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string().filter((name) => name !== '__metadata__'),
          anyTensor,
          { maxKeys: 5 },
        ),
        fc.dictionary(fc.string(), fc.string()),
        (tensors, metadata) => {
          const decoded = decodeSafetensors(encodeSafetensors(tensors, metadata))
          expect(decoded.metadata).toEqual({ ...metadata })
          expect(decoded.tensors).toEqual({ ...tensors })
        },
      ),
    )
  })

  const good = entry('F32', [1], [0, 4])
  it.each([
    ['nothing at all', new Uint8Array(0), /expected at least 8 bytes, got 0/],
    ['a header longer than the file', file('{}', [], 3n), /header of at most 2 bytes, got a length of 3/],
    ['an absurd header length', file('{}', [], 0xffffffffffffffffn), /18446744073709551615/],
    ['a header that is not JSON', file('{"x"'), /JSON in UTF-8/],
    ['a header that is not UTF-8', Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe), /JSON in UTF-8/],
    ['a header that is a list', file('[]'), /JSON object/],
    ['metadata that are not text', file('{"__metadata__":{"a":1}}'), /text to text/],
    ['metadata that are a list', file('{"__metadata__":[]}'), /text to text/],
    ['an entry that is no object', file('{"x":1}'), /"x": expected an object/],
    ['an unknown field', file('{"x":{"dtype":"F32","shape":[],"data_offsets":[0,4],"y":1}}', [0, 0, 0, 0]), /"y"/],
    ['a missing dtype', file('{"x":{"shape":[],"data_offsets":[0,4]}}', [0, 0, 0, 0]), /expected a dtype/],
    ['an unknown dtype', file(`{"x":${entry('F8_E4M3', [1], [0, 1])}}`, [0]), /got "F8_E4M3"/],
    ['a negative dimension', file(`{"x":${entry('U8', [-1], [0, 0])}}`), /expected a shape/],
    ['a fractional dimension', file(`{"x":${entry('U8', [0.5], [0, 0])}}`), /expected a shape/],
    [
      'a shape that is too large for the data',
      file(`{"x":${entry('F32', [2], [0, 4])}}`, [0, 0, 0, 0]),
      /8 bytes, got 4/,
    ],
    ['a product beyond every number', file(`{"x":${entry('U8', [9e15, 9e15], [0, 1])}}`, [0]), /takes 8.1e\+31 bytes/],
    ['three offsets', file(`{"x":${entry('U8', [1], [0, 1, 2])}}`, [0]), /two whole numbers/],
    ['offsets that run backwards', file(`{"x":${entry('U8', [1], [1, 0])}}`, [0]), /before they begin/],
    ['offsets beyond the end', file(`{"x":${entry('F32', [1], [0, 4])}}`, [0, 0, 0]), /ends at byte 4 of 3/],
    ['an overlap', file(`{"x":${good},"y":${entry('F32', [1], [2, 6])}}`, [0, 0, 0, 0, 0, 0]), /"y": overlaps/],
    ['a hole', file(`{"x":${good},"y":${entry('U8', [1], [5, 6])}}`, [0, 0, 0, 0, 0, 0]), /leaves a hole/],
    ['data behind the last tensor', file(`{"x":${good}}`, [0, 0, 0, 0, 0]), /expected 4 bytes of data, got 5/],
    ['a BOOL that is neither', file(`{"x":${entry('BOOL', [1], [0, 1])}}`, [2]), /expected 0 or 1/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes)).toThrow(InputError)
    expect(() => decodeSafetensors(bytes)).toThrow(message)
  })

  it('refuses every truncation of a file', () => {
    const bytes = encodeSafetensors({ x: tensor('float32', [2], [1, 2]), y: tensor('uint8', [3], [1, 2, 3]) })
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeSafetensors(bytes.subarray(0, length))).toThrow(InputError)
    }
  })
})
