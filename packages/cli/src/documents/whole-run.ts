/** Runs for the commands that read them, each file held to the digest that is known of it, the record itself included. */
import { basename, dirname, join, resolve } from 'node:path'
import { InputError, type Registry } from '@isograd/core'
import { type FinishedRun, loadRun, runFiles } from '@isograd/core/node'
import { PLAN_FILE, plannedFiles, recordDigest } from './command-plan.js'

/** @throws InputError for a record that is not the one which the command around the run has written. */
export function requireOwnRecord(directory: string): void {
  const place = resolve(directory)
  const name = `${basename(place)}/${runFiles.record}`
  const planned = plannedFiles(dirname(place))
  const expected = Object.hasOwn(planned, name) ? planned[name] : undefined
  const got = recordDigest(directory)
  if (expected === undefined || got === undefined || got === expected) return
  const path = join(directory, runFiles.record)
  throw new InputError('isograd', `${path}: damaged: its SHA-256 is not the one in ${PLAN_FILE}, ${expected}`)
}

/** A finished run, read as `loadRun` reads it. @throws InputError for a file that is missing, damaged or of another run. */
export async function loadWholeRun(from: string, registry: Registry): Promise<FinishedRun> {
  const run = await loadRun(from, registry)
  requireOwnRecord(run.directory)
  return run
}
