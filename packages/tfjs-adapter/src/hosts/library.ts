/**
 * TensorFlow's library takes its settings from the environment when it is loaded, and has one pool of threads in a process:
 * later wishes come too late.
 */
import { availableParallelism } from 'node:os'
import util from 'node:util'
import type { LibraryRefusal, LibrarySettings } from './host.js'

let settled: LibrarySettings | undefined

/** The number of threads that the environment asks for; undefined where it does not. */
function threadsAsked(): number | undefined {
  const asked = Number(process.env['TF_NUM_INTRAOP_THREADS'])
  return Number.isInteger(asked) && asked > 0 ? asked : undefined
}

/** Functions that tfjs-node's own kernels call, which whoever shares it with this package may: Node 23 removed them. */
function putBack(): void {
  const functions: Partial<Record<'isArray' | 'isNullOrUndefined', (value: unknown) => boolean>> = util
  functions.isArray ??= Array.isArray
  functions.isNullOrUndefined ??= (value) => value === null || value === undefined
}

/**
 * Puts the settings into the environment, where those of the user's own stay; refuses another number of threads than the
 * library is loaded with. @param threads as many as there are processors unless given, or as the environment says.
 */
export function settleLibrary(threads: number | undefined): LibrarySettings | LibraryRefusal {
  if (settled !== undefined && threads !== undefined && threads !== settled.threads) {
    const has = `${settled.threads} thread${settled.threads === 1 ? '' : 's'}`
    const reason = `TensorFlow is loaded in this process with ${has}, and takes ${threads} only in another`
    return { ok: false, reason, cure: 'Ask for one number of threads, or use a process for each.' }
  }
  putBack()
  settled ??= settle(threads ?? threadsAsked() ?? availableParallelism())
  return settled
}

function settle(threads: number): LibrarySettings {
  const { env } = process
  env['TF_NUM_INTRAOP_THREADS'] = String(threads)
  // It would tell which instructions it has, and that its last bits may differ, three lines in every process.
  env['TF_CPP_MIN_LOG_LEVEL'] ??= '2'
  // Unless told, it is a question of the processor whether oneDNN computes, and with it the last bits.
  env['TF_ENABLE_ONEDNN_OPTS'] ??= '1'
  return { threads, oneDNN: ['1', 'true'].includes(env['TF_ENABLE_ONEDNN_OPTS'].toLowerCase()) }
}
