/** Facts of the browser and the GPU that a page runs on, for the record of a backend. */
import type { BackendInfo } from './contract.js'

interface Brand {
  readonly brand: string
  readonly version: string
}

interface GpuInfo {
  readonly vendor?: string
  readonly architecture?: string
  readonly device?: string
  readonly description?: string
}

interface Canvas {
  getContext(kind: 'webgl2'): { getExtension(name: string): unknown; getParameter(name: number): unknown } | null
}

/** The parts of a page that are used: the types of Node leave them out. */
interface Surroundings {
  readonly navigator: {
    readonly userAgent: string
    readonly userAgentData?: {
      getHighEntropyValues(names: readonly string[]): Promise<{ readonly fullVersionList?: readonly Brand[] }>
    }
    readonly gpu?: {
      requestAdapter(options: {
        readonly powerPreference: 'high-performance'
      }): Promise<{ readonly info?: GpuInfo } | null>
    }
  }
  readonly OffscreenCanvas?: new (width: number, height: number) => Canvas
}

const { navigator, OffscreenCanvas } = globalThis as unknown as Surroundings

/** The browser by its name, with its version. */
async function browserVersions(): Promise<Record<string, string>> {
  const { fullVersionList = [] } = (await navigator.userAgentData?.getHighEntropyValues(['fullVersionList'])) ?? {}
  // The list has a name that means nothing, and Chromium beside the name of what is made of it.
  const real = fullVersionList.filter(({ brand }) => !/not.*brand/i.test(brand))
  const own = real.find(({ brand }) => brand !== 'Chromium') ?? real[0]
  if (own !== undefined) return { [own.brand]: own.version }
  const [, name = 'browser', version = 'unknown'] = /(Firefox|Chrome|Safari)\/([\d.]+)/.exec(navigator.userAgent) ?? []
  return { [name]: version }
}

async function webgpuAdapter(): Promise<string | undefined> {
  // The one that runtimes ask for.
  const info = (await navigator.gpu?.requestAdapter({ powerPreference: 'high-performance' }))?.info
  const words = [info?.vendor, info?.architecture, info?.device, info?.description]
  return [...new Set(words)].filter((word) => word !== undefined && word !== '').join(' ') || undefined
}

/** Number of the parameter of WEBGL_debug_renderer_info that names the renderer, driver included. */
const UNMASKED_RENDERER = 0x9246

async function webglRenderer(): Promise<string | undefined> {
  const context = OffscreenCanvas === undefined ? null : new OffscreenCanvas(1, 1).getContext('webgl2')
  if (context === null || context.getExtension('WEBGL_debug_renderer_info') === null) return undefined
  return String(context.getParameter(UNMASKED_RENDERER))
}

/** Asks for the GPU, by the device of a backend. */
const gpus: Readonly<Record<string, () => Promise<string | undefined>>> = {
  webgpu: webgpuAdapter,
  webgl: webglRenderer,
}

/** Additions to the info of a backend on a device. */
export async function pageFacts(device: string): Promise<Pick<BackendInfo, 'versions' | 'options'>> {
  const gpu = await gpus[device]?.()
  return { versions: await browserVersions(), options: gpu === undefined ? {} : { gpu } }
}
