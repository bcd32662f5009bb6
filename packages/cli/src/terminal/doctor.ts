/** The backends and their state, for people. */
import type { BrokenBackend, DoctorDocument, WorkingBackend } from '../documents/doctor-document.js'
import { indented, labelled, plural, wrap } from '../text/layout.js'
import { formatCount, unitsText } from '../text/numbers.js'
import { paint, printable, type TerminalStyle } from '../text/terminal-style.js'
import { mark } from './verdict.js'

function testedText({ tested }: WorkingBackend): string {
  if (tested === undefined) return ''
  const { passed, unsupported, total, units } = tested
  return `; ${formatCount(passed)} of ${formatCount(total)} conformance cases tried and passed${unsupported === 0 ? '' : `, ${formatCount(unsupported)} not for it`}; ${unitsText(units)}`
}

function infoText(backend: WorkingBackend): string {
  const { info } = backend
  const versions = Object.entries(info.versions).map(([name, version]) => `${name} ${version}`)
  const floats = info.dtypes.filter((dtype) => dtype.startsWith('float'))
  const threads = plural(info.threads, 'thread')
  const precision = info.precision === undefined ? '' : `, as precise as ${info.precision}`
  return printable(
    `${info.device}, ${threads}, ${floats.join(' and ')}${precision}; ${versions.join(', ')}${testedText(backend)}`,
  )
}

function reasonLines(style: TerminalStyle, { reason, cure }: BrokenBackend): string[] {
  return labelled(style, [
    ['why', printable(reason)],
    ...cure.split('\n').map((line, i) => [i === 0 ? 'cure' : '', printable(line)] as const),
  ])
}

/** Backends of which the same is told, each name of which is told once. */
function backendLines(style: TerminalStyle, [backend, ...others]: Told): string[] {
  const names = [backend, ...others].map(({ name }) => name).join(', ')
  return [
    `  ${mark(style, backend.usable)} ${paint(style, 'bold', printable(names))}`,
    ...indented(style, 4, (narrow) =>
      backend.usable ? wrap(narrow, infoText(backend), 0) : reasonLines(narrow, backend),
    ),
  ]
}

type Told = [WorkingBackend | BrokenBackend, ...BrokenBackend[]]

/** Backends that cannot be used for one reason, as those of one package that is not there, together. */
function together(backends: DoctorDocument['backends']): Told[] {
  const told: Told[] = []
  for (const backend of backends) {
    const same = told.find(
      ([one]) => !one.usable && !backend.usable && one.reason === backend.reason && one.cure === backend.cure,
    )
    if (same === undefined || backend.usable) told.push([backend])
    else same.push(backend)
  }
  return told
}

/** The lines of the report. @param defaults the backends that a run takes where none is named, if they can be used. */
export function doctorReport(
  style: TerminalStyle,
  { environment, backends, required, ok }: DoctorDocument,
  defaults: readonly string[],
): string[] {
  const { node, platform, arch, cpu, cores } = environment
  const machine = `Node ${node}, ${platform}/${arch}, ${cpu}, ${plural(cores, 'core')}`
  const names = required.join(', ')
  const used = defaults.filter((name) => backends.some((each) => each.usable && each.name === name))
  const verdict = ok
    ? paint(style, 'green', `ready: without --backend, ${used.join(', ')} ${used.length === 1 ? 'is' : 'are'} used`)
    : paint(style, 'red', `not ready: ${names} cannot all be used`)
  return [
    ...wrap(style, machine, 0),
    '',
    ...together(backends).flatMap((each) => backendLines(style, each)),
    '',
    verdict,
  ]
}
