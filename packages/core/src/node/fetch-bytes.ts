/**
 * One address, one try: the bytes behind it, or why they did not come. A server that goes silent is given up; one that
 * is slow is not. The network failing is an outcome here, not an exception; only the caller's own abort throws.
 */
import { looksLikeHtml, type Outcome } from './content.js'
import { thrownText } from '../text/visible.js'

/** The progress of a transfer. */
export interface TransferProgress {
  /** Name of the file. */
  readonly file: string
  /** Bytes so far. */
  readonly received: number
  /** Bytes in all, when the server says so. */
  readonly total: number | undefined
  /** True for a file that is here and takes a while to read. */
  readonly isLocal?: boolean
}

/** Options of a fetch. */
export interface FetchOptions {
  /** Milliseconds without a byte after which a server is given up; 30,000 unless given. */
  readonly timeout?: number
  /** Told of each part that has come. */
  readonly onProgress?: (progress: TransferProgress) => void
  /** Ends the transfer: the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal
  /** Node's own unless given; one that goes through a proxy, say. */
  readonly fetch?: typeof fetch
}

/** The address that is fetched, and its limits. */
export interface FetchRequest {
  readonly address: string
  /** Name in progress reports. */
  readonly file: string
  /** Bytes beyond which the transfer is given up: no such file is that long. */
  readonly most: number
}

const TIMEOUT = 30_000

/** Aborts a transfer when the caller does, or when nothing has come for a while. */
class Watch {
  readonly #controller = new AbortController()
  readonly #timeout: number
  readonly #caller: AbortSignal | undefined
  readonly #forward = (): void => this.#controller.abort(this.#caller?.reason)
  #timer: NodeJS.Timeout | undefined
  stalled = false

  constructor({ timeout = TIMEOUT, signal }: FetchOptions) {
    this.#timeout = timeout
    this.#caller = signal
    signal?.addEventListener('abort', this.#forward, { once: true })
    this.heard()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Something came: the clock starts again. */
  heard(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.stalled = true
      this.#controller.abort()
    }, this.#timeout)
  }

  /** Ends the watch and whatever is left of the transfer. */
  end(): void {
    clearTimeout(this.#timer)
    this.#caller?.removeEventListener('abort', this.#forward)
    this.#controller.abort()
  }

  /** Why the transfer failed. */
  reason(error: unknown): string {
    if (this.stalled) return `no byte for ${this.#timeout / 1000} s`
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    const code = cause instanceof Error && 'code' in cause ? `${String(cause.code)}: ` : ''
    return `the transfer failed: ${code}${thrownText(cause)}`
  }
}

/** Length of the body that the server announces; none when the body is encoded, as the length is then another one. */
function announcedLength({ headers }: Response): number | undefined {
  const length = headers.get('content-length')
  return length === null || headers.has('content-encoding') ? undefined : Number(length)
}

function refusal(response: Response): string | undefined {
  if (!response.ok) return `HTTP ${response.status} ${response.statusText}`.trimEnd()
  const type = response.headers.get('content-type') ?? ''
  return type.startsWith('text/html') ? 'an HTML page instead of the file' : undefined
}

async function readBody(
  response: Response,
  { file, most }: FetchRequest,
  { onProgress }: FetchOptions,
  watch: Watch,
): Promise<Outcome> {
  const total = announcedLength(response)
  const chunks: Uint8Array[] = []
  let received = 0
  for await (const chunk of response.body ?? []) {
    watch.heard()
    chunks.push(chunk)
    received += chunk.length
    if (received > most) return { problem: `more than ${most} bytes: not the file` }
    onProgress?.({ file, received, total })
  }
  if (total !== undefined && received < total) return { problem: `broke off after ${received} of ${total} bytes` }
  const content = Buffer.concat(chunks)
  return looksLikeHtml(content) ? { problem: 'an HTML page instead of the file' } : { content }
}

/** The body at an address, or why it did not come. Rejects only with the reason of `options.signal`. */
export async function fetchBytes(request: FetchRequest, options: FetchOptions): Promise<Outcome> {
  const { signal, fetch: get = fetch } = options
  signal?.throwIfAborted()
  const watch = new Watch(options)
  try {
    // A .gz is wanted as it is: a server that compresses once more would only confuse the lengths.
    const response = await get(request.address, { signal: watch.signal, headers: { 'accept-encoding': 'identity' } })
    watch.heard()
    const problem = refusal(response)
    return problem === undefined ? await readBody(response, request, options, watch) : { problem }
  } catch (error) {
    signal?.throwIfAborted()
    return { problem: watch.reason(error) }
  } finally {
    watch.end()
  }
}
