/**
 * The safetensors format: named tensors in one file, readable by every framework and unable to carry code.
 *
 *   8 bytes   length N of the header, unsigned, little-endian
 *   N bytes   JSON: { name: { "dtype", "shape", "data_offsets": [begin, end] }, "__metadata__"?: { key: text } }
 *   the rest  the tensors, row-major and little-endian; offsets count from here, without holes and without overlaps
 *
 * The layout is the one of https://github.com/huggingface/safetensors. This file turns bytes into tensors and back; it
 * opens no file.
 */
import { InputError } from '../errors.js'
import { bytesPerElement, type DType, elementCount, type Tensor, type TensorMap } from '../tensor.js'
import { checkOffsets, type HeaderEntry, parseHeader } from './safetensors-header.js'

/** Tensors of a file with what its header says beside them. */
export interface Safetensors {
  readonly tensors: TensorMap
  readonly metadata: Readonly<Record<string, string>>
}

/** Data begin on a multiple of this many bytes, so that a typed array can lie over them. */
const ALIGNMENT = 8
const LENGTH_BYTES = 8

const dtypeCodes = { float32: 'F32', float64: 'F64', int32: 'I32', uint8: 'U8', bool: 'BOOL' } as const
const dtypeOfCode = new Map<string, DType>(
  Object.entries(dtypeCodes).map(([dtype, code]): [string, DType] => [code, dtype as DType]),
)

const constructors: { readonly [D in DType]: (bytes: ArrayBuffer) => Tensor['data'] } = {
  float32: (bytes) => new Float32Array(bytes),
  float64: (bytes) => new Float64Array(bytes),
  int32: (bytes) => new Int32Array(bytes),
  uint8: (bytes) => new Uint8Array(bytes),
  bool: (bytes) => new Uint8Array(bytes),
}

/** Wide elements first, then by name: every tensor is then aligned to its own element, and the bytes are determined. */
function fileOrder(tensors: TensorMap): [string, Tensor][] {
  return Object.entries(tensors).toSorted(([nameA, a], [nameB, b]) => {
    const wider = bytesPerElement[b.dtype] - bytesPerElement[a.dtype]
    return wider !== 0 ? wider : nameA < nameB ? -1 : 1
  })
}

function requireLittleEndian(): void {
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] === 1) return
  throw new InputError('core', 'safetensors: expected a little-endian machine, got a big-endian one')
}

function encodeHeader(entries: readonly [string, unknown][]): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)))
  const padded = new Uint8Array(Math.ceil(json.length / ALIGNMENT) * ALIGNMENT).fill(0x20)
  padded.set(json)
  return padded
}

/**
 * The bytes of a safetensors file. Equal tensors and metadata give equal bytes.
 * @throws InputError when a tensor is called `__metadata__` or its data do not fill its shape.
 */
export function encodeSafetensors(tensors: TensorMap, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  requireLittleEndian()
  const entries: [string, unknown][] = Object.keys(metadata).length === 0 ? [] : [['__metadata__', metadata]]
  const ordered = fileOrder(tensors)
  let offset = 0
  for (const [name, { dtype, shape, data }] of ordered) {
    if (name === '__metadata__') throw new InputError('core', 'safetensors: no tensor may be named "__metadata__"')
    if (data.length !== elementCount(shape)) {
      throw new InputError('core', `safetensors: "${name}": ${data.length} elements do not fill [${shape.join(',')}]`)
    }
    entries.push([name, { dtype: dtypeCodes[dtype], shape, data_offsets: [offset, offset + data.byteLength] }])
    offset += data.byteLength
  }
  const header = encodeHeader(entries)
  const bytes = new Uint8Array(LENGTH_BYTES + header.length + offset)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true)
  bytes.set(header, LENGTH_BYTES)
  let position = LENGTH_BYTES + header.length
  for (const [, { data }] of ordered) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position)
    position += data.byteLength
  }
  return bytes
}

function readTensor(name: string, entry: HeaderEntry, body: Uint8Array): Tensor {
  const dtype = dtypeOfCode.get(entry.dtype)
  if (dtype === undefined) {
    const known = [...dtypeOfCode.keys()].join(', ')
    throw new InputError('core', `safetensors: "${name}": expected a dtype of ${known}, got "${entry.dtype}"`)
  }
  const [begin, end] = entry.data_offsets
  const expected = elementCount(entry.shape) * bytesPerElement[dtype]
  if (end - begin !== expected) {
    const shape = `${entry.dtype}[${entry.shape.join(',')}]`
    throw new InputError('core', `safetensors: "${name}": ${shape} takes ${expected} bytes, got ${end - begin}`)
  }
  // A copy: the bytes may lie anywhere, a typed array only on a multiple of its element.
  const data = constructors[dtype](Uint8Array.from(body.subarray(begin, end)).buffer)
  if (dtype === 'bool' && data.some((value) => value > 1)) {
    throw new InputError('core', `safetensors: "${name}": expected 0 or 1 in every byte of a BOOL tensor`)
  }
  return { dtype, shape: entry.shape, data } as Tensor
}

/**
 * Reads a safetensors file; the tensors are copies.
 * @throws InputError when it is cut short, its header is not as the format says, or it holds a dtype that isograd lacks.
 */
export function decodeSafetensors(bytes: Uint8Array): Safetensors {
  requireLittleEndian()
  const { entries, metadata, bodyStart } = parseHeader(bytes)
  const body = bytes.subarray(bodyStart)
  checkOffsets(entries, body.length)
  const tensors = [...entries].map(([name, entry]): [string, Tensor] => [name, readTensor(name, entry, body)])
  return { tensors: Object.fromEntries(tensors), metadata }
}
