/** Names of backends that a browser hosts: `chromium:wasm` is the backend `wasm` in a page of Chromium. */

/** Names of browsers before the colon. */
export const browserNames = ['chromium', 'chrome', 'edge', 'firefox'] as const

/** A browser by name. */
export type BrowserName = (typeof browserNames)[number]

/** A backend in a page. */
export interface HostedName {
  readonly browser: BrowserName
  /** The backend by its name on the command line. */
  readonly asked: string
}

/** The parts of a name of a backend that a browser hosts; undefined for every other name. */
export function inBrowser(name: string): HostedName | undefined {
  const at = name.indexOf(':')
  const browser = browserNames.find((each) => each === name.slice(0, Math.max(0, at)))
  return browser === undefined ? undefined : { browser, asked: name.slice(at + 1) }
}
