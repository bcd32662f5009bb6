/** Runs a page as its reader would: Node, the page on its standard input, and the packages that a directory has. */
import { spawn } from 'node:child_process'

/** Seconds that a page may take. */
const SECONDS = 60

/** The outcome of a page. */
export interface PageOutcome {
  /** True where the fault shows. */
  readonly shows: boolean
  /** The lines that it printed, and the last that it complained in. */
  readonly printed: string
}

/** Runs a page in a directory from which its packages can be imported. */
export function runPage(page: string, directory: string): Promise<PageOutcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--input-type=module', '-'], {
      cwd: directory,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    const timer = setTimeout(() => child.kill('SIGKILL'), SECONDS * 1000)
    const end = (shows: boolean, words: string): void => {
      clearTimeout(timer)
      resolve({ shows, printed: words })
    }
    child.on('error', ({ message }) => end(false, message))
    child.on('close', (status) => {
      const shows = status === 1 && /^wrong: /m.test(stdout)
      const complaint = stderr.split('\n').find((line) => /error/i.test(line)) ?? ''
      end(shows, (stdout.trim() || complaint).trim())
    })
    child.stdin.on('error', () => {})
    child.stdin.end(page)
  })
}
