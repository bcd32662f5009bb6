/**
 * `command.json` in the directory of `--out`: all that a command is to make, written before it trains, so that
 * `isograd resume` ends with what the command would have made. Nothing that is read from it loads a module: backends are
 * names of packages, and files of code have to be named again on the command line.
 */
import { existsSync, rmSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { type ArmSpec, InputError, type ModuleMark, type Registry, type RunRecord, z } from '@isograd/core'
import { differences, formatPath, parseArmSpec, parseExactly } from '@isograd/core/compare'
import {
  type FileDigests,
  type FileState,
  runFiles,
  sealedState,
  sealedText,
  sha256,
  writeAtomically,
} from '@isograd/core/node'
import { refuseDirectories } from '../disk/make-directory.js'
import { bytesOf, readJson, readText } from '../disk/read-json.js'
import { addDigests, readDigests } from './digests-file.js'
import type { ReadFrom } from './own-paths.js'
import { experimentSource, type ExperimentSource } from './resume-settings.js'

const SCHEMA = 'isograd.command/1'

/** Name of the file in a directory of runs. */
export const PLAN_FILE = 'command.json'

/** An experiment of a command, with its source and its arms, complete. */
export interface PlannedPart {
  readonly source: ExperimentSource
  readonly name: string
  readonly description: string
  /** As they were read; a registry reads them again. */
  readonly arms: Readonly<Record<string, ArmSpec>>
}

/** Everything that a command trains and with what. */
export interface CommandPlan {
  readonly command: 'run' | 'suite'
  readonly parts: readonly PlannedPart[]
  /** Seeds that every arm is trained with; absent: its own. */
  readonly seeds?: readonly number[]
  /** As they were asked for, and their names in those of directories. */
  readonly backends: readonly { readonly asked: string; readonly name: string }[]
  readonly modules: readonly ModuleMark[]
  readonly threads?: number
  readonly jobs: number | 'auto'
  /** An absolute path. */
  readonly dataDir?: string
  /** Steps between two checkpoints. */
  readonly checkpointEvery?: number
  readonly tensorboard?: string
  /** Of the paths in it and in its experiments. */
  readonly seals?: readonly string[]
  /** SHA-256 of the records that were there before, by the name of their directory: they are to be replaced. */
  readonly replaces: Readonly<Record<string, string>>
  /** True when all that it makes is on the disk. */
  readonly finished: boolean
  /** SHA-256 of what is in the directory, documents and records, by path in it. */
  readonly files?: FileDigests
}

const count = z.int().check(z.gte(1))
const absent = z.exactOptional

/** Everything but the arms, which a registry reads. */
const planSchema = z.strictObject({
  schema: z.literal(SCHEMA),
  command: z.enum(['run', 'suite']),
  parts: z.array(
    z.strictObject({
      source: experimentSource,
      name: z.string(),
      description: z.string(),
      arms: z.record(
        z.string(),
        z.custom<ArmSpec>((value) => typeof value === 'object' && value !== null),
      ),
    }),
  ),
  seeds: absent(z.array(z.int().check(z.gte(0)))),
  backends: z.array(z.strictObject({ asked: z.string(), name: z.string() })).check(z.minLength(1)),
  modules: z.array(z.strictObject({ name: z.string(), sha256: z.string() })),
  threads: absent(count),
  jobs: z.union([count, z.literal('auto')]),
  dataDir: absent(z.string()),
  checkpointEvery: absent(count),
  tensorboard: absent(z.string()),
  seals: absent(z.array(z.string())),
  replaces: z.record(z.string(), z.string()),
  finished: z.boolean(),
  files: absent(z.record(z.string(), z.string())),
  /** SHA-256 of the file without this field, which is its last. */
  sha256: absent(z.string()),
})

/** The plan of the command that made a directory; undefined where none did. @throws InputError where it is damaged. */
export function readPlan(directory: string): CommandPlan | undefined {
  const path = join(directory, PLAN_FILE)
  if (!existsSync(path)) return undefined
  const parsed = planSchema.safeParse(readJson(path, parseExactly))
  if (parsed.success) {
    const { sha256: _, ...plan } = parsed.data
    return plan
  }
  const [first] = parsed.error.issues
  const where = formatPath((first?.path ?? []) as (string | number)[])
  throw new InputError('isograd', `${path}: it was not written by isograd, or has been changed: ${where}`)
}

/** Writes a plan. @throws the error of the file system. */
export function writePlan(directory: string, plan: CommandPlan): void {
  const own = { schema: SCHEMA, ...plan }
  writeAtomically(join(directory, PLAN_FILE), sealedText(own))
}

/** The state of the plan of a directory, which holds its own digest; those of earlier versions hold none. */
export function planState(directory: string): Exclude<FileState, 'missing'> {
  const path = join(directory, PLAN_FILE)
  try {
    readPlan(directory)
    return sealedState(readText(path))
  } catch {
    return 'changed'
  }
}

/** The digests that the documents of a directory hold, of files in it alone; none where they cannot be read. */
export function plannedFiles(directory: string): FileDigests {
  try {
    const files = Object.entries({ ...readDigests(directory), ...readPlan(directory)?.files })
    return Object.fromEntries(files.filter(([name]) => !isAbsolute(name) && !name.split(/[\\/]/).includes('..')))
  } catch {
    return {}
  }
}

/**
 * Adds digests to the plan of the command that made a directory, or to a file of digests where none did; `changes` are other
 * changes of the plan. @throws InputError where it is damaged; the error of the file system.
 */
export function sealFiles(directory: string, files: FileDigests, changes: Partial<CommandPlan> = {}): void {
  const plan = readPlan(directory)
  if (plan !== undefined) return writePlan(directory, { ...plan, ...changes, files: { ...plan.files, ...files } })
  if (Object.keys(files).length > 0) addDigests(directory, files)
}

/** Removes a plan of which nothing came. */
export function removePlan(directory: string): void {
  rmSync(join(directory, PLAN_FILE), { force: true })
}

/** SHA-256 of the record in the directory of a run; undefined where there is none. @throws InputError for one that is no file. */
export function recordDigest(run: string): string | undefined {
  refuseDirectories(run)
  const path = join(run, runFiles.record)
  return existsSync(path) ? sha256(bytesOf(path)) : undefined
}

/** The directory with the plan of the command that made a run, or a directory of runs; undefined where none is. */
function plannedIn(path: string): string | undefined {
  return [path, dirname(resolve(path))].find((directory) => existsSync(join(directory, PLAN_FILE)))
}

/** True where the plan of the command that made a run is at hand. */
export function isPlanned(path: string): boolean {
  return plannedIn(path) !== undefined
}

/** The changes of its experiment that a run was made with, where the plan of its command is there and says so. */
export function overridesOf(
  path: string,
  { preset, arm, seed, experiment }: RunRecord,
  registry: Registry,
): ExperimentSource['overrides'] {
  const directory = plannedIn(path)
  const plan = directory === undefined ? undefined : readPlan(directory)
  const isOwn = ({ name, arms: { [arm]: spec } }: PlannedPart): boolean =>
    name === preset &&
    spec !== undefined &&
    // Read as the record was: another version may have had fewer fields.
    differences({ ...parseArmSpec(spec, registry, path), seed }, experiment).length === 0
  const { overrides = {} } = plan?.parts.find(isOwn)?.source ?? {}
  return plan?.seeds === undefined ? overrides : { ...overrides, seed }
}

/** The place of data as a command had it. */
export interface RememberedData {
  /** As the command line named it. */
  readonly dataDir: string | undefined
  /** The directory that paths in the experiment are relative to. */
  readonly directory: string | undefined
  /** Where that was read, and its seals. */
  readonly from: ReadFrom
}

/** The place of the data of a run, or of a directory of runs, where the plan of its command says so. */
export function rememberedData(path: string): RememberedData {
  const found = plannedIn(path)
  const { dataDir, seals = [], parts: [part] = [] } = (found === undefined ? undefined : readPlan(found)) ?? {}
  const word = part?.source.word
  const directory = word === undefined || !isAbsolute(word) ? undefined : dirname(word)
  return { dataDir, directory, from: { directory: found ?? path, seals } }
}
