/** The description of an experiment for people. */
import type { ArmDescription, DescribeDocument } from '../documents/describe-document.js'
import { type Column, heading, indented, labelled, plural, table, wrap } from '../text/layout.js'
import { formatCount, formatRate, formatSeconds } from '../text/numbers.js'
import { printable, type TerminalStyle } from '../text/terminal-style.js'

const MEBI = 1024 * 1024

function bytesText(bytes: number): string {
  return bytes < MEBI ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / MEBI).toFixed(1)} MiB`
}

function layerTable(style: TerminalStyle, { layers, parameters: total }: ArmDescription): string[] {
  const isGraph = layers.some(({ inputs }) => inputs !== undefined)
  const columns: Column[] = [
    { title: 'layer' },
    { title: 'kind' },
    ...(isGraph ? [{ title: 'fed by' }] : []),
    { title: 'output' },
    { title: 'parameters', align: 'right' as const },
  ]
  const rows = layers.map(({ name, kind, inputs = [], outputShape, parameters }) => [
    printable(name),
    printable(kind),
    ...(isGraph ? [printable(inputs.join(', '))] : []),
    `[${outputShape.join(', ')}]`,
    parameters === 0 ? '' : formatCount(parameters),
  ])
  return table(style, columns, [
    ...rows,
    [{ text: 'total', format: 'bold' }, ...(isGraph ? [''] : []), '', '', formatCount(total)],
  ])
}

function timeTable(style: TerminalStyle, { times }: ArmDescription): string[] {
  const columns: Column[] = [
    { title: 'backend' },
    { title: 'steps/s', align: 'right' },
    { title: 'seconds, about', align: 'right' },
  ]
  const rows = times.map(({ backend, stepsPerSecond, seconds }) => [
    printable(backend),
    formatRate(stepsPerSecond),
    formatSeconds(seconds),
  ])
  return times.length === 0 ? [] : ['', ...table(style, columns, rows)]
}

function armReport(style: TerminalStyle, arm: ArmDescription): string[] {
  const { data, bytes, steps, epochs, batchSize, precision } = arm
  const rows = Object.entries(data.rows).map(([name, count]) => `${formatCount(count)} ${name}`)
  const memory = [
    `${bytesText(bytes.parameters)} parameters`,
    `${bytesText(bytes.state)} optimizer and layer state`,
    `${bytesText(bytes.data)} data`,
  ]
  return [
    heading(style, arm.arm),
    '',
    ...labelled(style, [
      ['data', printable(`${data.name}: ${rows.join(', ')} (${data.origin})`)],
      ['training', `${formatCount(steps)} steps: ${plural(epochs, 'epoch')}, batches of ${batchSize}, ${precision}`],
      ['memory', memory.join(', ')],
    ]),
    '',
    ...layerTable(style, arm),
    ...timeTable(style, arm),
    '',
  ]
}

/** The lines of the report. */
export function describeReport(style: TerminalStyle, { experiment, description, arms }: DescribeDocument): string[] {
  const about = description === '' ? [] : indented(style, 2, (narrow) => wrap(narrow, printable(description), 0))
  return [printable(experiment), ...about, '', ...arms.flatMap((arm) => armReport(style, arm))].slice(0, -1)
}
