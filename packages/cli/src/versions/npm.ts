/** npm as it is asked for versions and installs them, from wherever it is set to look; what it says of a failure, in a sentence. */
import { spawn } from 'node:child_process'
import { InputError } from '@isograd/core'
import { npmCall } from '../backends/package-manager.js'
import { isFields } from '../disk/read-json.js'

/** A registry that cannot be reached is not asked again for minutes. */
const QUICK = ['--fetch-retries=2', '--fetch-retry-mintimeout=500', '--fetch-retry-maxtimeout=2000']

/** Words of npm where it did not come through to what it asks. */
const UNREACHED = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ENOTCACHED|ERR_SOCKET/

function cureOf(reason: string): string {
  return UNREACHED.test(reason) ? '; see that the network is there, and where npm looks: npm config get registry' : ''
}

/** A call of npm that did not end well. */
export class NpmFailure extends Error {
  override name = 'NpmFailure'
}

/** The error of the document that npm prints; its last line of an error where it printed none. */
function reasonOf(stdout: string, stderr: string): string {
  try {
    const document: unknown = JSON.parse(stdout)
    const error = isFields(document) && isFields(document['error']) ? document['error'] : {}
    const summary = [error['summary'], error['detail']].find((text) => typeof text === 'string' && text !== '')
    if (typeof summary === 'string') return summary.split('\n')[0] ?? summary
  } catch {
    // It is no document.
  }
  const lines = stderr.split('\n').filter((line) => line.trim() !== '' && !/complete log|debug-0\.log/.test(line))
  return (lines.at(-1) ?? 'it says nothing').replace(/^npm (error|ERR!) */, '')
}

/** Runs npm in a directory. @returns what it printed. @throws NpmFailure; the reason of `signal` */
export function callNpm(args: readonly string[], cwd: string, signal?: AbortSignal): Promise<string> {
  const { program, args: all } = npmCall([...args, '--json', ...QUICK])
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const child = spawn(program, all, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    const stop = (): void => void child.kill()
    signal?.addEventListener('abort', stop)
    child.on('error', ({ message }) => reject(new NpmFailure(`npm cannot be started: ${message}`)))
    child.on('close', (status, by) => {
      signal?.removeEventListener('abort', stop)
      if (signal?.aborted === true) reject(signal.reason as Error)
      else if (status === 0) resolve(stdout)
      else {
        const reason = reasonOf(stdout, stderr)
        reject(new NpmFailure(`npm: ${reason}${by === null ? '' : ` (ended by ${by})`}${cureOf(reason)}`))
      }
    })
  })
}

/** A release, not one that leads to one: those have a hyphen. */
function isRelease(version: string): boolean {
  return !version.includes('-')
}

/**
 * The releases of a package in the order of their numbers, of a range where one is given.
 * @throws InputError where there are none, or npm cannot tell.
 */
export async function publishedVersions(name: string, range?: string, signal?: AbortSignal): Promise<string[]> {
  const asked = range === undefined ? name : `${name}@${range}`
  const field = range === undefined ? 'versions' : 'version'
  try {
    const answer: unknown = JSON.parse((await callNpm(['view', asked, field], process.cwd(), signal)) || '[]')
    const found = (Array.isArray(answer) ? answer : [answer]).map(String).filter(isRelease)
    if (found.length > 0) return found
  } catch (error) {
    if (!(error instanceof NpmFailure)) throw error
    throw new InputError('isograd', `--package ${asked}: its versions cannot be had: ${error.message}`)
  }
  throw new InputError('isograd', `--package ${asked}: there is no such release`)
}
