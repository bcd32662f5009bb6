/** The messages between the command and the process that keeps a browser. */

import type { RunningBrowser } from './end-browser.js'

/** Stands for the directory of the profile, which the keeper makes and removes. */
export const PROFILE = '%PROFILE%'

/** A browser to start. */
export interface BrowserStart {
  readonly program: string
  readonly words: readonly string[]
  /** Address of the page. */
  readonly address: string
  /** Files of the profile, with their text. */
  readonly files?: Readonly<Record<string, string>>
}

/** The end of a browser. */
export interface BrowserEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Its last lines. */
  readonly last: string
}

/** Whatever the keeper tells: the browser that it has started, and its end. */
export type KeeperMessage = RunningBrowser | BrowserEnd
