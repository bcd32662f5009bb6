/**
 * The directory of a sweep: `sweep.json` says which trials it is of, so that whoever joins or goes on trains those and no
 * others. Nothing in it is followed: files and modules are those that the command line names.
 */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { InputError, type Registry, z } from '@isograd/core'
import { differences, formatPath, parseExactly } from '@isograd/core/compare'
import { sealedState, sealedText, whileLocked, writeAtomically } from '@isograd/core/node'
import { MOST_TRIALS, parseSweep, SweepPlan } from '@isograd/core/sweep'
import { refuseDirectories } from '../disk/make-directory.js'
import { readText } from '../disk/read-json.js'
import { deliberateStatus, messageOf } from '../errors/failure.js'
import { createDirectory } from '../documents/run-directory.js'
import { version } from '../version.js'
import type { PlannedSweep } from './sweep-file.js'
import type { Shard } from '../documents/sweep-document.js'

const SCHEMA = 'isograd.sweep/1'

/** Name of the file that says what a directory is of. */
export const SWEEP_FILE = 'sweep.json'

const count = z.int().check(z.gte(1))

const markSchema = z.strictObject({
  schema: z.literal(SCHEMA),
  /** Of isograd. */
  version: z.string(),
  source: z.string(),
  sweep: z.unknown(),
  experiment: z.unknown(),
  modules: z.array(z.strictObject({ name: z.string(), sha256: z.string() })),
  /** Digests of data in own files, by arm. */
  data: z.record(z.string(), z.string()),
  arms: z.array(z.strictObject({ name: z.string(), seed: z.number(), epochs: z.number() })).check(z.minLength(1)),
  trials: count,
  shard: z.exactOptional(z.strictObject({ part: count, of: count })),
  sha256: z.string(),
})

/** The sweep that a directory is of. */
export type SweepMark = Omit<z.output<typeof markSchema>, 'sha256'>

/** The mark of a sweep that was read. @param data digests of data in own files, by arm. */
export function markOf(
  { written, plan }: PlannedSweep,
  { modules }: Registry,
  shard: Shard | undefined,
  data: Readonly<Record<string, string>>,
): SweepMark {
  return {
    schema: SCHEMA,
    version,
    source: written.source,
    sweep: written.document,
    experiment: written.experiment.value,
    modules: [...modules],
    data,
    arms: [...plan.arms],
    trials: plan.count,
    ...(shard && { shard }),
  }
}

function notOurs(path: string): InputError {
  return new InputError('isograd', `${path}: it was not written by isograd, or has been changed`)
}

/** The mark in a text; undefined for one that isograd has not written, or that was changed. */
export function parseMark(text: string): SweepMark | undefined {
  try {
    if (sealedState(text) !== 'whole') return undefined
    const { sha256: _, ...mark } = markSchema.parse(parseExactly(text))
    return mark
  } catch {
    // What is no JSON is as little of ours as what was changed.
    return undefined
  }
}

/** @throws InputError for a mark of another version of isograd; ZodError or SyntaxError for a text that is none */
export function requireVersion(text: string): void {
  const { source, version: other } = z.object({ version: z.string(), source: z.string() }).parse(JSON.parse(text))
  if (other === version) return
  const cure = `install isograd@${other} to train its trials here`
  throw new InputError('isograd', `${source}: it is of isograd ${other}, this is ${version}; ${cure}`)
}

/** The mark of a directory. @throws InputError where it has none, or it is damaged */
export function readMark(directory: string): SweepMark {
  const path = join(directory, SWEEP_FILE)
  if (!existsSync(path)) {
    throw new InputError('isograd', `${directory}: expected the directory of a sweep, got none with ${SWEEP_FILE}`)
  }
  const mark = parseMark(readText(path))
  if (mark === undefined) throw notOurs(path)
  return mark
}

/** The trials of a directory. @throws InputError where it cannot be of them */
export function planIn(directory: string, { sweep, source, arms, trials }: SweepMark): SweepPlan {
  const plan = new SweepPlan(parseSweep(sweep, { source }), arms)
  if (plan.count === trials && trials <= MOST_TRIALS) return plan
  throw notOurs(join(directory, SWEEP_FILE))
}

/** @throws InputError where two marks are not of the same trials, with what differs; `shard` may. */
export function requireSame(directory: string, before: SweepMark, now: SweepMark): void {
  // The file may have another name, and a shard is a part of the same.
  const found = differences(before, { ...now, source: before.source, shard: before.shard, version: before.version })
  const lines = found.map((each) => `\n  ${formatPath(each.path)}: ${each.before} there, ${each.now} here`)
  if (before.version !== now.version) {
    const versions = `it is of isograd ${before.version}, not of ${now.version}, which may train otherwise`
    const cure = `name another directory, or go on with isograd@${before.version}`
    throw new InputError('isograd', `${directory}: ${versions}; ${cure}${lines.join('')}`)
  }
  if (found.length === 0) return
  throw new InputError('isograd', `${directory}: it holds another sweep:${lines.join('')}\nname another directory`)
}

function shardText(shard: Shard | undefined): string {
  return shard === undefined ? 'all trials' : `${shard.part}/${shard.of}`
}

/** Makes the directory of a sweep, or joins it. @throws InputError where it is of another, or cannot be written */
export async function openSweepDirectory(path: string, mark: SweepMark): Promise<void> {
  const directory = resolve(path)
  createDirectory(directory)
  refuseDirectories(directory)
  const isFree = await whileLocked(directory, () => {
    if (!existsSync(join(directory, SWEEP_FILE))) writeAtomically(join(directory, SWEEP_FILE), sealedText(mark))
  })
  if (!isFree) throw new InputError('isograd', `--out: ${path}: another command has it; name another directory`)
  const before = readMark(directory)
  requireSame(path, before, mark)
  if (JSON.stringify(before.shard) !== JSON.stringify(mark.shard)) {
    throw new InputError('isograd', `--shard: ${path} is of ${shardText(before.shard)}, got ${shardText(mark.shard)}`)
  }
}

/** The error of a file system in the directory of a sweep, in words; every other as it is. */
export function inDirectory(directory: string, error: unknown): unknown {
  const isOfDisk = error instanceof Error && 'syscall' in error
  if (!isOfDisk || deliberateStatus(error) !== undefined) return error
  if ('code' in error && 'path' in error && ['ENOTDIR', 'EEXIST'].includes(String(error.code))) {
    const cure = 'move it away, and give the same command again'
    return new InputError('isograd', `${String(error.path)}: expected a directory, got a file; ${cure}`, {
      cause: error,
    })
  }
  const cure = 'the results that are there stand: mend that, and give the same command again'
  return new InputError('isograd', `${directory}: cannot be written: ${messageOf(error)}; ${cure}`, { cause: error })
}
