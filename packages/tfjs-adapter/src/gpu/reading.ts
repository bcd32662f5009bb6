/** Reads from a GPU, which works in its own time and may be lost meanwhile. */
import type { KernelBackend, TensorInfo } from '@tensorflow/tfjs'
import type { Device, HostData } from '../device/device.js'

const CURE = 'its driver was reset or its process ended; run the command again'

/** Milliseconds in which a loss is told: a kernel that fails of it is heard of first. */
const TELLING = 500

/** The reads of a backend, and the loss of its device. @param lost settles with the way in which it was lost, if ever. */
export function reading(backend: KernelBackend, lost: Promise<string>): Required<Pick<Device, 'read' | 'explain'>> {
  // A read that the device will never answer ends with it.
  const waiting = new Set<() => void>()
  let how: string | undefined
  const loss = (cause?: unknown): Error => new Error(`the GPU is lost (${how}): ${CURE}`, { cause })
  void lost.then((text) => {
    how = text
    for (const give of waiting) give()
  })
  const explain = async (error: unknown): Promise<unknown> => {
    const time = new Promise<undefined>((resolve) => {
      setTimeout(() => resolve(undefined), TELLING)
    })
    return how !== undefined || (await Promise.race([lost, time])) !== undefined ? loss(error) : error
  }
  const read = ({ dataId }: TensorInfo): Promise<HostData> =>
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
  return { read, explain }
}
