/** The adapter: how a command finds these backends. Those that need Node are in `node-adapter.ts`. */
import { type Adapter, adapterOf, type Backend } from '@isograd/core/backend'
import { MOST_THREADS } from './memory/plan.js'

/** A backend of this package, with the threads that were asked for. Throws an error with a cure where it cannot be had. */
export type Open = (threads: number | undefined) => Promise<Backend>

/** The adapter of some backends, as the command loads it by the name of this package. */
export function adapterWith(variants: Readonly<Record<string, Open>>): Adapter {
  return adapterOf('@isograd/compiler', variants, async (open, { threads }) => {
    try {
      return { ok: true, backend: await open(threads && Math.min(threads, MOST_THREADS)) }
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error)
      const [reason = '', cure = 'Use "wasm", which needs nothing.'] = text.split('\n')
      return { ok: false, reason, cure }
    }
  })
}
