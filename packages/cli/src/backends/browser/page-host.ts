/**
 * The entry of a page that hosts a backend. Its modules come from the command, which also says which adapter is wanted. It
 * exports nothing.
 */
import { InputError, pageFacts } from '@isograd/core/backend'
import { messageOf } from '../../errors/failure.js'
import { adapterOf, importedBackend, type LoadResult } from '../adapter-module.js'
import { serveBackend } from '../remote-serve.js'
import { openPagePort } from './page-port.js'
import type { PageAdapter } from './page-site.js'

/** The backend under the name that it has in this browser, with what is known of the browser in its info. */
async function inThisBrowser(result: LoadResult, browser: string): Promise<LoadResult> {
  if (!result.ok) return result
  const { backend } = result
  const { info } = backend
  const { versions, options } = await pageFacts(info.device)
  const named = { ...info, versions: { ...info.versions, ...versions }, options: { ...info.options, ...options } }
  return { ...result, backend: { ...backend, name: `${browser}:${backend.name}`, info: named } }
}

serveBackend(openPagePort(), async (asked) => {
  const wanted = (await (await fetch('adapter.json')).json()) as PageAdapter
  try {
    const adapter = adapterOf(asked, await import(new URL(wanted.address, new Request('.').url).href))
    const imported = importedBackend(asked, adapter, wanted)
    return { adapter, make: async (options) => inThisBrowser(await imported.make(options), wanted.browser) }
  } catch (error) {
    if (error instanceof InputError) throw error
    const reason = `${wanted.packageName} cannot be loaded in a page: ${messageOf(error)}`
    return { ok: false, asked, reason, cure: wanted.cure }
  }
})
