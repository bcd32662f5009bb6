/** Reads from a GPU, which works in its own time and may be lost meanwhile. */
import type { KernelBackend, TensorInfo } from '@tensorflow/tfjs'
import type { HostData } from '../device/device.js'

const CURE = 'its driver was reset or its process ended; run the command again'

/** The reads of a backend. @param lost settles with the way in which the device was lost, if ever. */
export function reading(backend: KernelBackend, lost: Promise<string>): (tensor: TensorInfo) => Promise<HostData> {
  // A read that the device will never answer ends with it.
  const waiting = new Set<() => void>()
  let how: string | undefined
  const loss = (cause?: unknown): Error => new Error(`the GPU is lost (${how}): ${CURE}`, { cause })
  void lost.then((text) => {
    how = text
    for (const give of waiting) give()
  })
  return ({ dataId }) =>
    new Promise((resolve, reject) => {
      if (how !== undefined) return reject(loss())
      const give = (): void => reject(loss())
      waiting.add(give)
      const done = (): void => void waiting.delete(give)
      backend.read(dataId).then(
        (data) => {
          done()
          resolve(data as HostData)
        },
        (error: unknown) => {
          done()
          reject(how === undefined ? (error as Error) : loss(error))
        },
      )
    })
}
