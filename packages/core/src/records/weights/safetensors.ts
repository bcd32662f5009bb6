/**
 * Weights in a safetensors file: isograd's own, or a `state_dict` that PyTorch saved. Tensors of whole numbers, such as
 * PyTorch's counters of batches, are no weights and are left out.
 */
import type { StoredTensor } from '../../model/initial-weights.js'
import { InputError } from '../../errors.js'
import { elementCount } from '../../tensor.js'
import { checkOffsets, type HeaderEntry, parseHeader } from '../safetensors-header.js'
import type { WeightsFormat } from './format.js'
import { type NumberType, numberTypes } from './numbers.js'

const types: Readonly<Record<string, NumberType>> = { F64: 'float64', F32: 'float32', F16: 'float16', BF16: 'bfloat16' }

function readTensor(
  name: string,
  { dtype, shape, data_offsets }: HeaderEntry,
  body: Uint8Array,
): StoredTensor | undefined {
  const type = Object.hasOwn(types, dtype) ? types[dtype] : undefined
  if (type === undefined) return undefined
  const [begin, end] = data_offsets
  const { bytes, read } = numberTypes[type]
  const count = elementCount(shape)
  if (end - begin !== count * bytes) {
    throw new InputError(
      'core',
      `"${name}": ${dtype}[${shape.join(',')}] takes ${count * bytes} bytes, got ${end - begin}`,
    )
  }
  return { shape, data: read(new DataView(body.buffer, body.byteOffset + begin, end - begin), count) }
}

/** The name of the file's maker in its metadata tells the layout. */
const layouts = { isograd: 'inputs', pt: 'outputs' } as const

/** Safetensors. */
export const safetensors: WeightsFormat = {
  about: 'safetensors',
  // A length of eight bytes, and then a JSON object.
  matches: (bytes) => bytes[8] === 0x7b,
  read: (bytes) => {
    const { entries, metadata, bodyStart } = parseHeader(bytes)
    const body = bytes.subarray(bodyStart)
    checkOffsets(entries, body.length)
    const tensors = [...entries].flatMap(([name, entry]) => {
      const value = readTensor(name, entry, body)
      return value === undefined ? [] : [[name, value] as const]
    })
    const layout = Object.entries(layouts).find(([format]) => format === metadata['format'])?.[1]
    return { tensors: Object.fromEntries(tensors), ...(layout !== undefined && { layout }) }
  },
}
