/** `isograd doctor`: tries every backend on a small program, and says what to do about those that do not work. */
import type { AdapterOptions, BackendInfo } from '@isograd/core'
import type { Command } from 'commander'
import { type LoadedBackend, loadBackend } from '../backends/load.js'
import { probeBackend } from '../backends/probe.js'
import { defaultBackends, registry } from '../backends/registry.js'
import { type ExitStatus, exitStatus } from '../errors/exit-status.js'
import { nameList, wholeNumber } from '../input/option-values.js'
import { type Look, lookOf, paint, printable, symbols } from '../text/terminal-style.js'
import { labelled, wrap } from '../text/layout.js'
import { type Environment, environmentOf } from '../documents/environment.js'

interface Healthy {
  readonly name: string
  readonly usable: true
  readonly package: string
  readonly info: BackendInfo
}

interface Ill {
  readonly name: string
  readonly usable: false
  readonly reason: string
  readonly cure: string
}

type Diagnosis = Healthy | Ill

interface DoctorDocument {
  readonly schema: 'isograd.doctor/1'
  readonly environment: Environment
  readonly backends: readonly Diagnosis[]
  /** The backends that must be usable: those asked for, or the defaults. */
  readonly required: readonly string[]
  readonly ok: boolean
}

interface DoctorOptions {
  readonly backend?: string
  readonly threads?: string
  readonly json?: boolean
  readonly ascii?: boolean
}

const help = `
Every backend compiles and runs a small program whose results are known. The exit
status is 0 if all of --backend can be used (${defaultBackends.join(' and ')} unless given), else 3.

Examples:
  isograd doctor
  isograd doctor --backend tfjs-node
  isograd doctor --backend ./my-adapter --json`

/** Declares the verb. */
export function declare(command: Command, finish: (status: ExitStatus) => void): void {
  command
    .option('-b, --backend <names>', 'backends that must be usable, separated by commas; packages and paths too')
    .option('--threads <n>', 'threads inside one operation')
    .option('--json', 'print one JSON document')
    .option('--ascii', 'draw with ASCII characters only')
    .addHelpText('after', help)
    .action(async (options: DoctorOptions) => {
      finish(await doctor(options))
    })
}

async function doctor(options: DoctorOptions): Promise<ExitStatus> {
  const required = options.backend === undefined ? defaultBackends : nameList('backend', options.backend)
  const { threads } = options
  const adapterOptions =
    threads === undefined ? {} : { threads: wholeNumber('threads', threads, { least: 1, most: 256 }) }
  const document = await examine(required, adapterOptions)
  const look = lookOf(process.stdout, process.env, options.ascii === true)
  const text = options.json === true ? `${JSON.stringify(document, undefined, 2)}\n` : doctorText(look, document)
  process.stdout.write(text)
  return document.ok ? exitStatus.ok : exitStatus.backend
}

async function examine(required: readonly string[], options: AdapterOptions): Promise<DoctorDocument> {
  const loaded: LoadedBackend[] = []
  const backends: Diagnosis[] = []
  for (const name of new Set([...Object.keys(registry), ...required])) {
    // oxlint-disable-next-line no-await-in-loop -- variants of one runtime may share its state
    backends.push(await diagnose(name, options, loaded))
  }
  const usable = backends.filter((diagnosis) => diagnosis.usable).map(({ name }) => name)
  return {
    schema: 'isograd.doctor/1',
    environment: environmentOf(loaded, process.argv.slice(2)),
    backends,
    required,
    ok: required.every((name) => usable.includes(name)),
  }
}

async function diagnose(name: string, options: AdapterOptions, loaded: LoadedBackend[]): Promise<Diagnosis> {
  const result = await loadBackend(name, options)
  if (!result.ok) return { name, usable: false, reason: result.reason, cure: result.cure }
  const problem = await probeBackend(result.backend)
  await result.backend.dispose()
  if (problem !== undefined) {
    const cure = `install ${result.packageName} and its runtime again, or report it`
    return { name, usable: false, reason: `it loads but does not work: ${problem}`, cure }
  }
  loaded.push(result)
  return { name, usable: true, package: result.packageName, info: result.backend.info }
}

function healthyText(look: Look, { info }: Healthy): string[] {
  const versions = Object.entries(info.versions).map(([name, version]) => `${name} ${version}`)
  const threads = `${info.threads} thread${info.threads === 1 ? '' : 's'}`
  const floats = info.dtypes.filter((dtype) => dtype.startsWith('float'))
  const text = `${info.device}, ${threads}, ${floats.join(' and ')}; ${versions.join(', ')}`
  return wrap({ ...look, width: look.width - 4 }, printable(text), 0).map((line) => `    ${line}`)
}

function illText(look: Look, { reason, cure }: Ill): string[] {
  return labelled({ ...look, width: look.width - 4 }, [
    ['why', printable(reason)],
    ...cure.split('\n').map((line, i) => [i === 0 ? 'cure' : '', printable(line)] as const),
  ]).map((line) => `    ${line}`)
}

function diagnosisText(look: Look, diagnosis: Diagnosis): string[] {
  const { ok, bad } = symbols(look)
  const mark = diagnosis.usable ? paint(look, 'green', ok) : paint(look, 'red', bad)
  const title = `  ${mark} ${paint(look, 'bold', printable(diagnosis.name))}`
  return [title, ...(diagnosis.usable ? healthyText(look, diagnosis) : illText(look, diagnosis))]
}

function doctorText(look: Look, { environment, backends, required, ok }: DoctorDocument): string {
  const { node, platform, arch, cpu, cores } = environment
  const machine = `Node ${node}, ${platform}/${arch}, ${cpu}, ${cores} core${cores === 1 ? '' : 's'}`
  const names = required.join(', ')
  const verdict = ok
    ? paint(look, 'green', `ready: ${names} can be used`)
    : paint(look, 'red', `not ready: ${names} cannot all be used`)
  const lines = [...wrap(look, machine, 0), '', ...backends.flatMap((each) => diagnosisText(look, each)), '', verdict]
  return `${lines.join('\n')}\n`
}
