/** Weights in an archive of NumPy arrays, as `numpy.savez` writes it. Arrays of whole numbers are no weights. */
import { readNpz } from '../../data/formats/npy/npz.js'
import { InputError } from '../../errors.js'
import type { WeightsFormat } from './format.js'

/** NPZ: a zip archive. So is what `torch.save` writes, which holds no array of NumPy. */
export const npz: WeightsFormat = {
  about: 'an NPZ archive',
  matches: (bytes) => bytes[0] === 0x50 && bytes[1] === 0x4b,
  read: async (bytes, source) => {
    const arrays = [...(await readNpz(source, bytes))]
    if (arrays.length === 0) {
      const cure = 'what torch.save writes is a pickle, which is never read: save the state_dict as safetensors'
      throw new InputError('core', `expected arrays of NumPy in the archive, got none; ${cure}`)
    }
    return { tensors: Object.fromEntries(arrays.filter(([, { dtype }]) => dtype.startsWith('float'))) }
  },
}
