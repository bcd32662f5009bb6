/** The place where a document was made: enough to tell two machines apart, nothing that names a person or a path. */
import { isFields, pick, textOrUnknown } from './fields.js'

/** The environment of a document. */
export interface Environment {
  /** Version of Node. */
  readonly node: string
  /** Version of V8. */
  readonly v8: string
  /** Operating system, as Node names it. */
  readonly platform: string
  /** Architecture of the processor, as Node names it. */
  readonly arch: string
  /** Model of the processor. */
  readonly cpu: string
  /** Cores that the process may use. */
  readonly cores: number
  /** The number of runs that shared the machine while seconds were measured; absent where none was trained. */
  readonly jobs?: number
  /** Bytes: the most memory that the process of the command has had while it trained, all its runs together. */
  readonly peakMemory?: number
  /** Of isograd's packages, the adapters' and the runtimes'. */
  readonly versions: Readonly<Record<string, string>>
  /** The command line without the program's own path. */
  readonly commandLine: readonly string[]
}

/** `measured while 2 runs shared the machine`. */
export function sharedMachine(jobs: number): string {
  return `measured while ${jobs} runs shared the machine`
}

/** The environment in a document, as the field of a source: only text and numbers are taken. */
export function readEnvironment(value: unknown): { readonly environment?: Environment } {
  if (!isFields(value)) return {}
  const { versions, commandLine, jobs, peakMemory, cores } = value
  const named = isFields(versions) ? versions : {}
  const environment = {
    ...pick(value, textOrUnknown, 'node', 'v8', 'platform', 'arch', 'cpu'),
    cores: Number(cores),
    ...(typeof jobs === 'number' ? { jobs } : {}),
    ...(typeof peakMemory === 'number' ? { peakMemory } : {}),
    versions: pick(named, textOrUnknown, ...Object.keys(named)),
    commandLine: Array.isArray(commandLine) ? commandLine.map(textOrUnknown) : [],
  }
  return { environment }
}
