/** Remarks on trainings that went wrong whatever their backends: gradients that vanish or explode, numbers that are lost. */
import type { RunRecord } from '@isograd/core'
import { docsPage } from '@isograd/core/text'
import { indented, wrap } from '../text/layout.js'
import { formatScientific } from '../text/numbers.js'
import { printable, type TerminalStyle } from '../text/terminal-style.js'
import { decadesLost } from './gradients.js'

/** Decades between the first and the last layer from which a gradient is said to vanish or to explode. */
const MANY_DECADES = 2

function gradientRemark(record: RunRecord): string | undefined {
  const decades = decadesLost(record)
  if (decades === undefined || !(Math.abs(decades) >= MANY_DECADES)) return undefined
  const share = formatScientific(10 ** -decades, 1)
  return `the gradient ${decades > 0 ? 'vanishes' : 'explodes'}: the first layer gets ${share} of the last one's norm`
}

/** The cure by where the numbers were no longer finite first. */
function nonFiniteCure({ end: { nonFinite }, experiment: { optimizer } }: RunRecord): string {
  const { stage, operation } = nonFinite?.origin ?? {}
  if (stage === 'data') return 'its data hold some that are not finite, isograd data inspect says which columns do'
  const divides = stage === 'update' && operation === 'div'
  if (!divides) return 'a smaller rate may keep them, --set optimizer.learningRate=<rate>'
  const hasEpsilon = 'epsilon' in optimizer
  return `its optimizer divides by 0${hasEpsilon ? ', which --set optimizer.epsilon=1e-8 prevents' : ''}`
}

function remarkOn(record: RunRecord): string | undefined {
  if (record.end.nonFinite === undefined) return gradientRemark(record)
  return `left the finite numbers: ${nonFiniteCure(record)}`
}

/** A line for each arm that there is something to say of, with what it is on its first backend; none where all is well. */
export function remarkLines(style: TerminalStyle, records: readonly RunRecord[]): string[] {
  const first = records.filter((record, i) => records.findIndex(({ arm }) => arm === record.arm) === i)
  const lines = first.flatMap((record) => {
    const remark = remarkOn(record)
    return remark === undefined ? [] : [`${printable(record.arm)}: ${remark}`]
  })
  if (lines.length === 0) return []
  const all = [...lines, `reasons and cures: ${docsPage('guides/not-training.md')}`]
  return ['', ...indented(style, 2, (narrow) => all.flatMap((line) => wrap(narrow, line, 2)))]
}
