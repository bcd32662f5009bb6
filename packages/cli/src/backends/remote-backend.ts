/**
 * A backend in a thread of its own, which the rest of the command uses as any other: the contract by messages. The
 * adapter, whoever wrote it, is loaded over there along the same path and knows nothing of it; the bits are the same.
 */
import { BackendError } from '@isograd/core'
import type { AdapterOptions, Backend, Executable } from '@isograd/core/backend'
import type { LoadResult } from './load.js'
import { Copies, shareConstants } from './remote-memory.js'
import { hostModule, RemoteThread } from './remote-thread.js'

function remoteExecutable(thread: RemoteThread, executable: number): Executable {
  const carries = new Copies()
  return {
    async scan(carry, xs) {
      // The steps of scans differ, and with them the lengths of xs: their memory would be spare for ever.
      const [sentCarry, sentXs] = [carries.of(carry), new Copies().of(xs)]
      const body = { executable, carry: sentCarry.tensors, xs: sentXs.tensors }
      const { spent, ...result } = await thread.ask('scan', body, [...sentCarry.transfer, ...sentXs.transfer])
      carries.return(spent)
      return result
    },
    async dispose() {
      // With the thread went all that it had.
      if (thread.alive) await thread.ask('release', { executable })
    },
  }
}

/** Lets the adapter put things away, unless it is busy: that ends with the thread. */
async function disposeThread(thread: RemoteThread, name: string): Promise<void> {
  try {
    if (thread.alive && !thread.busy) await thread.ask('dispose', undefined)
  } finally {
    await thread.end(new BackendError(name, 'used after dispose'))
  }
}

/** A loaded backend of another thread, with the thread. */
export interface RemoteBackend {
  readonly thread: RemoteThread
  readonly loaded: LoadResult
}

/**
 * Starts a thread and loads a backend in it, as `loadBackend` does in this one. Where that cannot be had the thread has
 * ended.
 * @throws InputError as `loadBackend`; BackendError when the thread ends while it loads.
 */
export async function loadRemoteBackend(
  asked: string,
  options: AdapterOptions,
  cwd: string = process.cwd(),
  module: URL = hostModule,
): Promise<RemoteBackend> {
  const thread = new RemoteThread(asked, module)
  const ended = new BackendError(asked, 'its thread was ended')
  const description = await thread.ask('load', { asked, options, cwd }).catch(async (error: unknown) => {
    await thread.end(ended)
    throw error
  })
  if (!description.ok) {
    await thread.end(ended)
    return { thread, loaded: description }
  }
  const { name, info, packageName, packageVersion } = description
  const backend: Backend = {
    name,
    info,
    compile: async (program, constants) =>
      remoteExecutable(thread, await thread.ask('compile', { program, constants: shareConstants(constants) })),
    dispose: () => disposeThread(thread, name),
  }
  return { thread, loaded: { ok: true, asked, backend, packageName, packageVersion } }
}
