/** The loaders of backends. Each runtime is a module of its own, which is fetched when it is chosen. */
import { type Adapter, type Backend, BackendError, pageFacts } from '@isograd/core/backend'
import type { BackendName } from '../backends.js'

const tfjs = async (): Promise<Adapter> => (await import('@isograd/tfjs-adapter')).isogradAdapter

const adapters: Readonly<Record<BackendName, () => Promise<Adapter>>> = {
  wasm: async () => (await import('@isograd/compiler')).isogradAdapter,
  'tfjs-wasm': tfjs,
  'tfjs-cpu': tfjs,
  'tfjs-webgl': tfjs,
  reference: async () => (await import('@isograd/core')).isogradAdapter,
}

async function adapterOf(name: BackendName): Promise<Adapter> {
  try {
    return await adapters[name]()
  } catch (error) {
    const cure = 'it is fetched when it is first used: is the connection there?'
    throw new BackendError('playground', `${name} cannot be loaded; ${cure}`, { cause: error })
  }
}

/** Opens a backend, with what is known of the browser in its info. @throws BackendError */
export async function openBackend(name: BackendName, threads: number): Promise<Backend> {
  const result = await (await adapterOf(name)).create(name, { threads })
  if (!result.ok) throw new BackendError('playground', `${name} cannot be used: ${result.reason}. ${result.cure}`)
  const { backend } = result
  const { versions, options } = await pageFacts(backend.info.device)
  const info = { ...backend.info, versions: { ...backend.info.versions, ...versions } }
  return { ...backend, info: { ...info, options: { ...backend.info.options, ...options } } }
}
