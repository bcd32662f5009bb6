/**
 * The service worker: keeps the files of the page, and answers with them, so that it works without a connection. It adds the
 * headers that isolate the page, which servers of static files rarely send: from the second load on, threads share memory, and
 * a policy for workers, for which that of the page does not hold.
 */
declare const FILES: readonly string[]
declare const VERSION: string
declare const POLICY: string
declare const self: ServiceWorkerGlobalScope

/** Other pages of the same server have caches too. */
const prefix = `isograd ${self.registration.scope} `
const name = prefix + VERSION

/** Addresses of the files; what else lies there is none of ours. */
const files = new Set(FILES.map((file) => new URL(file, self.registration.scope).href))

const isolating = {
  'content-security-policy': POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
} as const

async function keep(): Promise<void> {
  const cache = await caches.open(name)
  await cache.addAll(FILES.map((file) => new Request(file, { cache: 'reload' })))
}

/** Removes what earlier versions have kept; their pages are closed by now. */
async function tidy(): Promise<void> {
  const old = (await caches.keys()).filter((each) => each.startsWith(prefix) && each !== name)
  await Promise.all(old.map((each) => caches.delete(each)))
  await self.clients.claim()
}

/** The file as the server has it now, and as it was kept where no server answers: a newer page is not hidden by an older one. */
async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(name)
  const kept = () => cache.match(request, { ignoreSearch: true })
  const response = (await fetch(request).catch(kept)) ?? Response.error()
  if (!response.ok) return response
  const { status, statusText, body } = response
  return new Response(body, { status, statusText, headers: { ...Object.fromEntries(response.headers), ...isolating } })
}

self.addEventListener('install', (event) => event.waitUntil(keep()))
self.addEventListener('activate', (event) => event.waitUntil(tidy()))
self.addEventListener('fetch', (event) => {
  const { method, url } = event.request
  const { origin, pathname } = new URL(url)
  if (method === 'GET' && files.has(origin + pathname)) event.respondWith(answer(event.request))
})
