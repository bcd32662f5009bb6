/** The end of a browser, by the process that keeps it or, where that is gone, by the command. */
import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'

/** A browser that runs. */
export interface RunningBrowser {
  readonly pid: number
  /** The directory of its profile. */
  readonly profile: string
}

function killAll(pid: number): void {
  try {
    // Its group: whatever it has started ends with it.
    if (process.platform === 'win32') spawn('taskkill', ['/pid', String(pid), '/T', '/F']).on('error', () => {})
    else process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}

/** Ends a browser and removes its profile: what writes to that may take a moment to end. */
export async function endBrowser({ pid, profile }: RunningBrowser): Promise<void> {
  killAll(pid)
  await new Promise((resolve) => {
    setTimeout(resolve, 50)
  })
  try {
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  } catch {
    // The system empties its directory of temporary files.
  }
}
