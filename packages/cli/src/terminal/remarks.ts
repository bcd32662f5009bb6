/** Remarks on trainings that went wrong whatever their backends: gradients that vanish or explode, numbers that are lost. */
import type { RunRecord } from '@isograd/core'
import { wrap } from '../text/layout.js'
import { printable, type TerminalStyle } from '../text/terminal-style.js'
import { decadesLost } from './gradients.js'

/** Decades between the first and the last layer from which a gradient is said to vanish or to explode. */
const MANY_DECADES = 2

function gradientRemark(record: RunRecord): string | undefined {
  const decades = decadesLost(record)
  if (decades === undefined || !(Math.abs(decades) >= MANY_DECADES)) return undefined
  const [what, share] = decades > 0 ? ['vanishes', 'less'] : ['explodes', 'more']
  const times = Number.isFinite(decades) ? `1e${Math.floor(Math.abs(decades))} times ` : ''
  return `the gradient ${what}: the first layer gets ${times}${share} than the last`
}

function remarkOn(record: RunRecord): string | undefined {
  return record.end.nonFinite === undefined
    ? gradientRemark(record)
    : 'left the finite numbers: a smaller rate may keep them, --set optimizer.learningRate=<rate>'
}

/** A line for each arm that there is something to say of, with what it is on its first backend; none where all is well. */
export function remarkLines(style: TerminalStyle, records: readonly RunRecord[]): string[] {
  const remarks = new Map<string, string>()
  for (const record of records) {
    const remark = remarkOn(record)
    if (remark !== undefined && !remarks.has(record.arm)) remarks.set(record.arm, remark)
  }
  const lines = [...remarks].flatMap(([arm, remark]) => wrap(style, `${printable(arm)}: ${remark}`, 2))
  const more = 'the guide "Why does my network not train?" tells more'
  return lines.length === 0 ? [] : ['', ...lines, ...wrap(style, more, 2)]
}
