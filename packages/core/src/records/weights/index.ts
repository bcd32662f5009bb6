/** Files of weights: the formats by name, and reading one of any of them. Adding one adds its file and its line here. */
import { InputError } from '../../errors.js'
import type { StoredWeights } from '../../model/initial-weights.js'
import type { WeightsFormat } from './format.js'
import { onnx } from './onnx.js'
import { npz } from './npz.js'
import { safetensors } from './safetensors.js'

/** Every format that initial weights are read from. */
export const weightsFormats = { safetensors, onnx, npz } satisfies Readonly<Record<string, WeightsFormat>>

/** The tensors of a file. @param source the file in messages. @throws InputError when it is of no format, or damaged. */
export async function decodeWeights(bytes: Uint8Array, source: string): Promise<StoredWeights> {
  const formats: readonly WeightsFormat[] = Object.values(weightsFormats)
  const format = formats.find((each) => each.matches(bytes))
  if (format === undefined) {
    const known = formats.map(({ about }) => about).join(' or ')
    const pickle = 'a pickle, such as a .pt file, is never read: save the state_dict as safetensors'
    throw new InputError('core', `expected ${known}, got something else; ${pickle}`)
  }
  return { source, ...(await format.read(bytes, source)) }
}
