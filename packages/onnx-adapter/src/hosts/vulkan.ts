/** Vulkan on Linux, by which ONNX Runtime reaches a GPU in Node: of what is missing its library would complain on standard error. */
import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'

const LOADER = 'libvulkan.so.1'

/** Variables that name drivers to the loader. */
const DRIVER_VARIABLES = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES', 'VK_ADD_DRIVER_FILES']

/** Directories that an environment variable lists, or others. */
function listed(variable: string, others: readonly string[]): readonly string[] {
  const named = (process.env[variable] ?? '').split(path.delimiter).filter((each) => each !== '')
  return named.length === 0 ? others : named
}

function hasLoader(): boolean {
  const triple = `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`
  const usual = ['/lib', '/lib64', '/usr/lib', '/usr/lib64', '/usr/local/lib', `/lib/${triple}`, `/usr/lib/${triple}`]
  return [...listed('LD_LIBRARY_PATH', []), ...usual].some((each) => existsSync(path.join(each, LOADER)))
}

function filesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

/** True where a driver is known to the loader: a manifest in one of its directories ("Driver Discovery" of the Vulkan Loader). */
function hasDriver(): boolean {
  if (DRIVER_VARIABLES.some((variable) => listed(variable, []).some((file) => existsSync(file)))) return true
  const bases = [
    ...listed('XDG_CONFIG_HOME', [path.join(homedir(), '.config')]),
    ...listed('XDG_CONFIG_DIRS', ['/etc/xdg']),
    '/etc',
    ...listed('XDG_DATA_HOME', [path.join(homedir(), '.local/share')]),
    ...listed('XDG_DATA_DIRS', ['/usr/local/share', '/usr/share']),
  ]
  return bases.some((base) => filesIn(path.join(base, 'vulkan/icd.d')).some((file) => file.endsWith('.json')))
}

/** Throws on Linux without the loader of Vulkan, or without a driver. */
export function requireVulkan(): void {
  if (process.platform !== 'linux') return
  if (!hasLoader()) throw new Error(`${LOADER} is not found`)
  if (!hasDriver()) throw new Error('no driver of a GPU is known to libvulkan')
}
